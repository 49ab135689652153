"""Why something of a file was not done, as a row of `files` has it."""


def first_reason(row):
    """(stage, reason, detail) of the row's first reason; each None where there is none."""
    for each in row["reasons"]:
        return each["stage"], each["reason"], each["detail"]
    return None, None, None


def reason_of(row):
    """The code of the row's first reason, None where there is none."""
    return first_reason(row)[1]
