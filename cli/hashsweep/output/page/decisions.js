"use strict";
// Decisions that are made on this page, and the CSV of them. Knows no element of the page.
// A group is a content and a list entry, with all copies: what analysis/review_queue.py makes a row
// for. A decision is about a group, or what one match of it has alone (a file's bytes, a frame).
const keepDecisions = ({ rows, coded, names, decisions }) => {
  const { columns, cells, alone } = decisions;
  const lines = decisions.rows;
  const words = coded.decision.values;
  const codes = coded.decision.codes;
  const before = codes.slice(); // as they were decided earlier
  const blank = words.indexOf("");

  // ---- groups

  const numbers = new Map();
  const members = []; // the rows of each group
  const groupOf = Array.from({ length: rows }, (_, at) => {
    const key = `${coded.cluster.codes[at]} ${coded.list.codes[at]} ${coded.entry_id.codes[at]}`;
    let group = numbers.get(key);
    if (group === undefined) {
      group = members.push([]) - 1;
      numbers.set(key, group);
    }
    members[group].push(at);
    return group;
  });
  const ownOf = (at) => alone.values[alone.codes[at]]; // "" where it is all of its group

  // ---- what was decided here

  const whole = new Map(); // group -> when
  const parts = new Map(); // group -> Map of own -> when
  let unsaved = false;

  const decide = (at, word, all) => {
    const group = groupOf[at];
    const own = ownOf(at);
    const when = `${new Date().toISOString().slice(0, 19)}Z`;
    const together = members[group].filter((other) => all || ownOf(other) === own);
    together.forEach((other) => (codes[other] = words.indexOf(word)));
    if (all || !own) {
      parts.delete(group);
      whole.set(group, when);
    } else {
      if (!parts.has(group)) parts.set(group, new Map());
      parts.get(group).set(own, when);
    }
    unsaved = true;
    return together.length;
  };

  const isDecidedHere = (at) => whole.has(groupOf[at]) || Boolean(parts.get(groupOf[at])?.has(ownOf(at)));

  const count = () => {
    const found = { confirmed: 0, overturned: 0, mixed: 0, groups: members.length };
    for (const group of members) {
      const first = codes[group[0]];
      if (group.some((at) => codes[at] !== first)) found.mixed += 1;
      else if (first !== blank) found[words[first]] += 1;
    }
    return found;
  };

  // ---- the CSV: as analysis/review_queue.py writes it

  const cellOf = (key, at) => {
    const text = coded[key].values[coded[key].codes[at]];
    return Object.hasOwn(cells[key], text) ? cells[key][text] : text;
  };

  const rowOf = (at, own, decision, when, by) => ({
    cluster: coded.cluster.values[coded.cluster.codes[at]],
    list: cellOf("list", at),
    entry_id: cellOf("entry_id", at),
    category: cellOf("category", at),
    ...own,
    decision,
    by: when && decision ? by : "",
    when: when && decision ? when : "",
  });

  const rowsOfParts = function* (group, by) {
    const owns = new Map();
    for (const at of members[group]) {
      const own = ownOf(at);
      if (!owns.has(own)) owns.set(own, []);
      owns.get(own).push(at);
    }
    for (const [own, ats] of owns) {
      const tier = Math.min(...ats.map((at) => coded.tier.codes[at]));
      const hash = own.slice(1);
      const named = own[0] === "s" ? { sha256: hash } : { cluster: hash };
      const when = parts.get(group).get(own) ?? whole.get(group);
      const about = {
        sha256: "",
        pdq: "",
        ...named,
        tier: coded.tier.values[tier],
        copies: new Set(ats.map((at) => names[at])).size,
      };
      yield rowOf(ats[0], about, words[codes[ats[0]]], when, by);
    }
  };

  const allRows = function* (by) {
    const written = new Set();
    for (let line = 0; line < lines.at.length; line += 1) {
      const at = lines.at[line];
      const group = groupOf[at];
      if (parts.has(group)) {
        if (!written.has(group)) yield* rowsOfParts(group, by);
        written.add(group);
        continue;
      }
      const about = {
        sha256: lines.sha256[line],
        pdq: lines.pdq[line],
        tier: coded.tier.values[lines.tier[line]] ?? "",
        copies: lines.copies[line],
      };
      const when = whole.get(group);
      yield rowOf(at, about, words[when ? codes[at] : before[at]], when, by);
    }
  };

  const quote = (cell) => {
    const text = String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  // A name that a spreadsheet would take for a formula gets a ' in front (OWASP, "CSV Injection").
  const guard = (name) => (/^\s*['=+\-@\uff1d\uff0b\uff0d\uff20]/.test(name) ? `'${name}` : name);

  const toCsv = (name) => {
    const by = guard(name.trim().replace(/[\x00-\x1f\x7f-\x9f]/g, " "));
    const written = [columns.join(",")];
    for (const row of allRows(by)) written.push(columns.map((column) => quote(row[column])).join(","));
    unsaved = false;
    return `${written.join("\n")}\n`;
  };

  const copiesOf = (at) => new Set(members[groupOf[at]].map((other) => names[other])).size;

  return { decide, isDecidedHere, count, toCsv, copiesOf, isUnsaved: () => unsaved };
};

