// The table of matches: sorted, filtered, and drawn only where it is visible. Text goes into the
// page only as text (textContent); the page's policy allows nothing else.
(() => {
  const find = (id) => document.getElementById(id);
  const table = find("table");
  if (!table) return; // no match
  const data = JSON.parse(find("data").textContent);
  const { coded, names } = data;
  const rows = data.rows;
  const scroller = find("scroller");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const keys = heads.map((head) => head.dataset.key);
  const selects = [...document.querySelectorAll("select[data-filter]")];
  const search = find("search");
  const once = find("once");
  const dialog = find("one");
  const decided = data.decisions ? keepDecisions(data) : null; // null: none can be made
  const AROUND = 8; // rows drawn above and below those in sight
  const PRINTED = 500; // most rows drawn for a printer
  const NONE = "(none)";

  const state = { key: "tier", down: false, named: false, active: 0, height: 36, printing: false };
  let order = Uint32Array.from({ length: rows }, (_, at) => at); // all rows, sorted
  let shown = order; // those that pass the filters
  let drawn = { from: -1, to: -1 };

  // ---- values

  const valueOf = (key, at) => {
    if (key === "name") return names[at];
    if (key in coded) return coded[key].values[coded[key].codes[at]];
    return String(data[key][at]);
  };

  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  const named = new Set(coded.entry_id.named); // entries with names like files
  const isHidden = (code) => !state.named && named.has(code);

  // The place of each value among all values, so that rows are sorted by numbers.
  const placed = (values, by) => {
    const sorted = values.map((_, code) => code).sort((a, b) => by(values[a], values[b]) || a - b);
    const places = new Uint32Array(values.length);
    let place = -1;
    sorted.forEach((code, at) => {
      if (at === 0 || values[code] !== values[sorted[at - 1]]) place += 1;
      places[code] = place;
    });
    return places;
  };

  const kept = new Map();
  const ranks = (key) => {
    if (!kept.has(key)) {
      if (key === "name") kept.set(key, placed(names, byCode));
      else if (key === "tier") kept.set(key, coded.tier.codes); // values come by their strength
      else if (key in coded) {
        const places = placed(coded[key].values, key === "cluster" ? byCode : compare);
        kept.set(key, coded[key].codes.map((code) => places[code]));
      } else kept.set(key, data[key]);
    }
    return kept.get(key);
  };

  // ---- sorting and filtering

  const sort = () => {
    const rank = ranks(state.key);
    const sign = state.down ? -1 : 1;
    order = order.slice().sort((a, b) => sign * (rank[a] - rank[b]) || a - b);
    heads.forEach((head) => {
      const direction = state.down ? "descending" : "ascending";
      if (head.dataset.key === state.key) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
    filter();
  };

  const lower = [];
  const lowered = (at) => (lower[at] ??= names[at].toLowerCase());

  const found = () => {
    const words = search.value.trim().toLowerCase();
    if (!words) return () => true;
    const hits = ["entry_id", "cluster"]
      .filter((key) => key in coded)
      .map((key) => {
        const isOpen = (code) => key !== "entry_id" || !isHidden(code);
        const hit = coded[key].values.map((value, code) => isOpen(code) && value.toLowerCase().includes(words));
        return [coded[key].codes, hit];
      });
    return (at) =>
      hits.some(([codes, hit]) => hit[codes[at]]) || (state.named && lowered(at).includes(words));
  };

  const filter = () => {
    const wanted = selects
      .filter((select) => select.value !== "")
      .map((select) => [coded[select.dataset.filter].codes, Number(select.value)]);
    const fits = found();
    const met = new Set();
    const isNew = (at) => {
      if (!once.checked) return true;
      const same = `${coded.cluster.codes[at]} ${coded.list.codes[at]} ${coded.entry_id.codes[at]}`;
      return met.size < met.add(same).size;
    };
    shown = order.filter((at) => wanted.every(([codes, code]) => codes[at] === code) && fits(at) && isNew(at));
    state.active = 0;
    const of = shown.length === rows ? "" : ` of ${rows.toLocaleString("en")}`;
    find("count").textContent = `${shown.length.toLocaleString("en")}${of} ${rows === 1 ? "match" : "matches"}`;
    table.setAttribute("aria-rowcount", String(shown.length + 1));
    scroller.scrollTop = 0;
    draw(true);
  };

  // ---- drawing

  const make = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  const space = (count) => {
    const row = make("tr", undefined, "space");
    row.setAttribute("aria-hidden", "true");
    const cell = row.appendChild(make("td"));
    cell.colSpan = keys.length;
    cell.style.height = `${count * state.height}px`;
    return row;
  };

  const nameCell = (place, at) => {
    const cell = make("td", undefined, "name");
    const button = cell.appendChild(make("button", state.named ? "Details" : "Show name"));
    button.type = "button";
    button.dataset.place = String(place);
    button.tabIndex = place === state.active ? 0 : -1;
    button.setAttribute("aria-label", `${state.named ? "Details" : "Show name and details"} of row ${place + 1}`);
    if (state.named) cell.appendChild(make("bdi", names[at]));
    return cell;
  };

  // Inside, so that a path loses its beginning where the column is too narrow, and not its end.
  const entryCell = (at) => {
    const code = coded.entry_id.codes[at];
    if (isHidden(code)) return make("td", "(file name)");
    const text = coded.entry_id.values[code];
    const cell = make("td", undefined, "entry mono");
    cell.appendChild(make("bdi", text));
    if (text.length > 12) cell.title = text;
    return cell;
  };

  const line = (place) => {
    const at = shown[place];
    const row = make("tr");
    row.setAttribute("aria-rowindex", String(place + 2));
    for (const key of keys) {
      if (key === "name") {
        row.appendChild(nameCell(place, at));
        continue;
      }
      if (key === "entry_id") {
        row.appendChild(entryCell(at));
        continue;
      }
      const text = valueOf(key, at);
      const kind = { distance: "n", copies: "n", cluster: "mono", decision: "decision" }[key];
      const cell = row.appendChild(make("td", text, kind));
      if (key === "decision" && decided?.isDecidedHere(at)) cell.classList.add("here");
      if (text.length > 12) cell.title = text;
    }
    return row;
  };

  const draw = (anew = false) => {
    const count = shown.length;
    const inSight = Math.ceil(scroller.clientHeight / state.height) + 1;
    let from = Math.max(Math.floor(scroller.scrollTop / state.height) - AROUND, 0);
    let to = Math.min(from + inSight + 2 * AROUND, count);
    if (state.printing) [from, to] = [0, Math.min(count, PRINTED)];
    if (!anew && from === drawn.from && to === drawn.to) return;
    const focused = body.contains(document.activeElement);
    const lines = Array.from({ length: to - from }, (_, number) => line(from + number));
    if (state.active < from || state.active >= to) {
      const first = lines.at(Math.min(AROUND, lines.length - 1))?.querySelector("button");
      if (first) first.tabIndex = 0; // one button of the table can always be reached by Tab
    }
    body.replaceChildren(space(state.printing ? 0 : from), ...lines, space(state.printing ? 0 : count - to));
    drawn = { from, to };
    if (focused) (buttonAt(state.active) ?? scroller).focus({ preventScroll: true });
  };

  const measure = () => {
    const row = body.querySelector("tr:not(.space)");
    const height = row ? row.getBoundingClientRect().height : 0;
    if (height && Math.abs(height - state.height) > 0.01) state.height = height;
    draw(true);
  };

  const buttonAt = (place) => body.querySelector(`button[data-place="${place}"]`);

  const moveTo = (place) => {
    const head = table.tHead.offsetHeight;
    state.active = Math.min(Math.max(place, 0), shown.length - 1);
    const top = state.active * state.height;
    const bottom = top + state.height - (scroller.clientHeight - head);
    if (scroller.scrollTop > top) scroller.scrollTop = top;
    else if (scroller.scrollTop < bottom) scroller.scrollTop = bottom + 1;
    draw(true);
    buttonAt(state.active)?.focus({ preventScroll: true });
  };

  // ---- one match

  let opened = 0; // the row that the dialog shows

  const show = (place) => {
    opened = shown[place];
    const of = (key) => valueOf(key, opened) || NONE;
    const facts = [
      ["Name", names[opened]],
      ["Part", coded.part.values[coded.part.codes[opened]]],
      ["Time", coded.time.values[coded.time.codes[opened]]],
      ["Tier", `${of("tier")}: ${data.tiers[of("tier")] ?? ""}`],
      ["Hashes that agree", of("evidence")],
      ["List", of("list")],
      ["Entry", of("entry_id")],
      ["Category", of("category")],
      ["Labels", coded.labels.values[coded.labels.codes[opened]]],
      ["Cluster", of("cluster")],
      ["Copies", `${data.copies[opened].toLocaleString("en")} in this table`],
      ["Decision", of("decision")],
      ["Report", of("report")],
    ];
    const parts = facts.filter(([, text]) => text).flatMap(([what, text]) => [make("dt", what), make("dd", text)]);
    dialog.querySelector("dl").replaceChildren(...parts);
    if (dialog.open) return; // drawn again
    if (decided) {
      const copies = decided.copiesOf(opened);
      find("all-copies").checked = once.checked;
      find("all-copies").nextElementSibling.textContent =
        copies === 1 ? "For all copies (there is one)" : `For all ${copies.toLocaleString("en")} copies`;
      find("decided-one").textContent = "";
    }
    dialog.showModal();
    dialog.querySelector("h2").focus(); // not by autofocus, which the browser tries on every load
  };

  dialog.addEventListener("close", () => {
    dialog.querySelector("dl").replaceChildren(); // the name is hidden again
    if (document.activeElement === document.body) buttonAt(state.active)?.focus({ preventScroll: true });
  });
  find("close").addEventListener("click", () => dialog.close());
  find("same").addEventListener("click", () => {
    reset();
    search.value = valueOf("cluster", opened);
    dialog.close();
    filter();
    search.focus();
  });

  // ---- decisions

  const DONE = { confirmed: "confirmed", overturned: "overturned", "": "undecided" };
  const BY_KEY = { c: "confirmed", o: "overturned", u: "" };

  const sum = () => {
    const { confirmed, overturned, mixed, groups } = decided.count();
    const counts = { confirmed, overturned, "in part": mixed, undecided: groups - confirmed - overturned - mixed };
    const said = Object.entries(counts).filter(([what, n]) => n || what !== "in part");
    const listed = said.map(([what, n]) => `${n.toLocaleString("en")} ${what}`).join(", ");
    return `${groups.toLocaleString("en")} to decide (copies count once): ${listed}.`;
  };

  const tellDecided = (what = "") => {
    const saved = decided.isUnsaved() ? " Not saved yet." : "";
    find("decided").textContent = `${what}${sum()}${saved}`;
  };

  const decide = (at, word, all) => {
    const number = decided.decide(at, word, all);
    kept.delete("decision"); // its order is another now
    draw(true);
    const what = number === 1 ? "1 match" : `${number.toLocaleString("en")} matches`;
    return `${what} ${DONE[word]}. `;
  };

  const decideByKey = (event) => {
    const word = BY_KEY[event.key.toLowerCase()];
    if (!decided || word === undefined || event.altKey || event.ctrlKey || event.metaKey) return false;
    return { word, all: event.shiftKey };
  };

  if (decided) {
    find("decide-one").hidden = false;
    dialog.addEventListener("click", (event) => {
      const word = event.target.dataset?.decision;
      if (word === undefined) return;
      const said = decide(opened, word, find("all-copies").checked);
      show(state.active);
      find("decided-one").textContent = said;
      tellDecided(said);
    });
    dialog.addEventListener("keydown", (event) => {
      const asked = decideByKey(event);
      if (!asked) return;
      const said = decide(opened, asked.word, asked.all || find("all-copies").checked);
      show(state.active);
      find("decided-one").textContent = said;
      tellDecided(said);
    });
    find("save").addEventListener("click", () => {
      const link = make("a");
      link.href = URL.createObjectURL(new Blob([decided.toCsv(find("by").value)], { type: "text/csv" }));
      link.download = "decisions.csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      tellDecided("Given to the browser to save. ");
    });
    window.addEventListener("beforeunload", (event) => {
      if (decided.isUnsaved()) event.preventDefault(); // the browser asks whether to leave
    });
  }

  // ---- what the reader does

  const reset = () => {
    selects.forEach((select) => (select.value = ""));
    search.value = "";
    once.checked = false;
  };

  heads.forEach((head) =>
    head.firstElementChild.addEventListener("click", () => {
      state.down = head.dataset.key === state.key && !state.down;
      state.key = head.dataset.key;
      sort();
    }),
  );

  selects.forEach((select) => {
    const key = select.dataset.filter;
    const values = coded[key].values.map((value, code) => [value, code]);
    if (key !== "tier") values.sort((a, b) => compare(a[0], b[0]));
    for (const [value, code] of values) {
      const option = select.appendChild(make("option", value || NONE));
      option.value = String(code);
    }
    select.addEventListener("change", filter);
  });

  search.addEventListener("input", filter);
  once.addEventListener("change", filter);
  find("reset").addEventListener("click", () => {
    reset();
    filter();
  });

  find("names").addEventListener("click", () => {
    state.named = !state.named;
    const button = find("names");
    button.setAttribute("aria-pressed", String(state.named));
    table.classList.toggle("named", state.named);
    button.textContent = state.named ? "Hide all names" : "Show all names";
    find("search-label").textContent = state.named ? "Entry, cluster or name" : "Entry or cluster";
    if (search.value) filter();
    else draw(true);
  });

  body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    state.active = Number(button.dataset.place);
    show(state.active);
  });

  body.addEventListener("mousedown", (event) => {
    const button = event.target.closest("tr")?.querySelector("button");
    if (!button || event.target.closest("button") || !decided) return;
    setTimeout(() => {
      if (getSelection().isCollapsed) buttonAt(Number(button.dataset.place))?.focus({ preventScroll: true });
    });
  });

  body.addEventListener("focusin", (event) => {
    if (event.target.dataset.place) state.active = Number(event.target.dataset.place);
  });

  scroller.addEventListener("keydown", (event) => {
    if (event.target.closest("thead") || !shown.length) return;
    const asked = decideByKey(event);
    if (asked) {
      event.preventDefault();
      const place = state.active;
      tellDecided(`Row ${place + 1}: ${decide(shown[place], asked.word, asked.all || once.checked)}`);
      buttonAt(place)?.focus({ preventScroll: true });
      return;
    }
    if (event.key === "j" || event.key === "k") {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const isOn = body.contains(document.activeElement); // else the first key goes to the row itself
      moveTo(state.active + (isOn ? { j: 1, k: -1 }[event.key] : 0));
      return;
    }
    if (!body.contains(event.target)) return; // the arrow keys scroll the box then
    const page = Math.max(Math.floor(scroller.clientHeight / state.height) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    moveTo(state.active + steps[event.key]);
  });

  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  });
  window.addEventListener("resize", measure);
  window.addEventListener("beforeprint", () => {
    state.printing = true;
    draw(true);
    const by = decided && find("by").value.trim();
    const whom = by ? ` Decided here by ${by}.` : "";
    const saved = decided?.isUnsaved() ? " Not saved as a file when this was printed." : "";
    find("printed").textContent = decided ? `${sum()}${whom}${saved}` : "";
    const left = shown.length - Math.min(shown.length, PRINTED);
    if (left) body.lastChild.firstChild.textContent = `${left.toLocaleString("en")} more are not printed.`;
  });
  window.addEventListener("afterprint", () => {
    state.printing = false;
    draw(true);
  });

  find("matches-ui").hidden = false;
  sort();
  if (decided) tellDecided();
  measure();
})();
