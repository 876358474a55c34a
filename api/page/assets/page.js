// The page works without this module. With it, filters, sorting, pages and charts
// replace their part of the page in place: the server writes each part, for the
// same URL that a browser without the module would open.

const explore = document.querySelector("#explore");

if (explore) {
  document.documentElement.classList.add("js");
  for (const details of document.querySelectorAll("details[id]")) details.served = details.open;
  if (matchMedia("(max-width: 60rem)").matches) {
    // Filters would push the table far down.
    for (const facet of document.querySelectorAll(".facet:not(:has(.on))")) facet.open = false;
  }
  start(explore.dataset.page);
}
enhance(document);

// What a cell has no room for, the pointer shows.
document.addEventListener("mouseover", event => {
  const cell = event.target.closest("td, th");
  if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.trim();
});
// A small distribution that cannot be had leaves its place empty.
for (const [type, visibility] of [["error", "hidden"], ["load", ""]]) {
  document.addEventListener(type, event => {
    if (event.target.matches?.("img")) event.target.style.visibility = visibility;
  }, true);
}

function start(path) {
  let running = new AbortController();
  let typing = 0;    // the timer of what is being typed
  let typed = null;  // the name of the input that is being typed into
  let asked = false; // table and chart are asked for, and not here yet
  let wanted = null; // asks for what was typed while they were
  let slow = 0;      // the timer after which the page shows that it waits
  let early = null;  // what is asked for since the button of the mouse went down
  let step = -Infinity; // when a key last moved through the list of filters to add
  const opened = location.href;
  let last = bare(opened); // the URL that the page was brought to last

  // show brings the page to the URL. Table and chart come first, in one answer and in
  // one frame. Only after that frame come what the page would take home and the counts
  // of filters, each as soon as it is there, and then the small distributions: they
  // cost the server more. What was asked before is no longer wanted. kept is false where
  // the URL says more than what has been typed, as after the back button.
  async function show(url, kept = true) {
    running.abort();
    last = bare(url);
    const begun = early?.href === new URL(url, location.href).href ? early : null;
    if (!begun) forget();
    early = null;
    const run = running = begun?.run ?? new AbortController();
    clearTimeout(typing);
    wanted = null;
    clearTimeout(slow);
    explore.classList.remove("slow");
    asked = true;
    const {parts, first, later} = shown();
    const replaced = replace(first, url, run.signal, begun?.text, kept);
    parts.forEach(part => part.setAttribute("aria-busy", "true"));
    // A change that is soon there needs no frame that says that it comes.
    slow = setTimeout(() => explore.classList.add("slow"), 150);
    const reached = await replaced;
    if (run.signal.aborted) return;
    asked = false;
    if (!reached) return; // and the page says so
    clearTimeout(typing);
    wanted?.();
    if (run.signal.aborted) return;
    wanted = null;
    const heading = document.querySelector("#rows-title");
    document.querySelector("#status").textContent = explore.dataset.updated + " " + (heading?.textContent ?? "");
    await frame();
    if (run.signal.aborted) return;
    await Promise.all(later.map(part => replace([part], url, run.signal, undefined, kept)));
    if (run.signal.aborted) return;
    clearTimeout(slow);
    explore.classList.remove("slow");
    await sketch(run.signal);
  }

  // shown returns the parts of the page: all, those that come first, and the others.
  function shown() {
    const parts = [...document.querySelectorAll("[data-part]")];
    const first = parts.filter(part => ["rows", "chart"].includes(part.dataset.part));
    return {parts, first, later: parts.filter(part => !first.includes(part))};
  }

  // ask asks for parts of the page in one request, and returns their markup.
  async function ask(parts, url, signal) {
    const address = new URL(url, location.href);
    address.pathname = path + "/explore";
    for (const part of parts) address.searchParams.append("view[part]", part.dataset.part);
    const answer = await fetch(address, {signal, headers: {Accept: "text/html"}});
    return answer.text();
  }

  // replace shows parts of the page for the URL together, when their markup is here. It
  // returns whether the server was reached.
  async function replace(parts, url, signal, asked = ask(parts, url, signal), kept = true) {
    let text;
    try {
      text = await asked;
    } catch (error) {
      if (error.name !== "AbortError") unreached();
      return false;
    }
    try {
      for (const part of parts) await released(part);
      if (signal.aborted) return true;
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const pairs = parts.map(part => [part, fresh.querySelector(`[data-part=${part.dataset.part}]`)]);
      if (!pairs.every(([, part]) => part)) {
        location.assign(url); // the browser shows what went wrong
        return true;
      }
      swap(pairs, kept, new URL(url, location.href).href);
      if (pairs.some(([part]) => part.dataset.part === "rows")) compare();
    } catch {
      location.assign(url);
    }
    return true;
  }

  // unreached says above the table that it is older than the URL, since the server
  // could not be asked, and lets one try again. The table that comes then takes its place.
  function unreached() {
    clearTimeout(slow);
    explore.classList.remove("slow");
    for (const part of shown().parts) part.removeAttribute("aria-busy");
    notice("unreached", explore.dataset.unreached, explore.dataset.again, () => show(location.href));
  }

  // compare says above the table that it is of another version than the rest of the page,
  // such as one that was published since.
  function compare() {
    const {version} = document.querySelector("#rows").dataset;
    if (version && version !== explore.dataset.version && !document.querySelector("#older")) notice("other", explore.dataset.other, explore.dataset.anew, () => location.reload());
  }

  // notice says something above the table, with a button.
  function notice(id, text, label, act) {
    if (document.getElementById(id)) return;
    const said = document.createElement("div"), button = document.createElement("button");
    said.id = id;
    said.className = "error";
    said.setAttribute("role", "alert");
    said.textContent = text + " ";
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", act);
    said.append(button);
    document.querySelector("#rows .bar-head").after(said);
  }

  // foresee asks for what a click will show as soon as the button of the mouse is down:
  // most people let it go a tenth of a second later.
  function foresee(event) {
    forget();
    if (event.pointerType !== "mouse" || event.button !== 0) return; // a finger may be about to scroll
    const href = (link(event) ?? ticked(event.target))?.href;
    if (!href || href === location.href) return;
    const run = new AbortController();
    early = {href, run, text: ask(shown().first, href, run.signal)};
    early.text.catch(() => {}); // whoever shows it sees the error
  }

  // forget ends what was asked for too early.
  function forget() {
    early?.run.abort();
    early = null;
  }

  // ticked returns the URL after a click on the box, or on its label, or nothing.
  function ticked(target) {
    const box = target.closest("label")?.control ?? target;
    if (!box.matches("input[type=checkbox]") || !box.form || !explore.contains(box.form) || box.closest(".choices")) return null;
    box.checked = !box.checked;
    try {
      return address(box.form);
    } finally {
      box.checked = !box.checked;
    }
  }

  // link returns the URL of this page that a plain click leads to, or nothing.
  function link(event) {
    const link = event.target.closest("a[href], [data-href]");
    if (!link || !explore.contains(link) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
    const url = new URL(link.dataset.href ?? link.href, location.href);
    if (url.origin !== location.origin || url.pathname !== path) return null;
    url.hash = "";
    return link.matches(".clear") ? url : moved(link.closest("[data-part]")?.made ?? opened, url);
  }

  // moved returns the URL to which a link or a form leads that was made for the URL from.
  // What was asked for since and is not here yet stays, but for the place among the rows,
  // which holds for the same rows alone.
  function moved(from, to) {
    const place = /^(after|page|view%5Bfrom%5D)=/, own = /^(chart|view|find)%5B/;
    const said = url => [...new URL(url).searchParams].map(one => new URLSearchParams([one]).toString());
    const rows = list => list.filter(one => !place.test(one) && !own.test(one)).join("&");
    const places = list => list.filter(one => place.test(one));
    const name = one => one.split("=", 1)[0];
    const before = said(from), after = said(to), now = said(location.href);
    if (before.join("&") === now.join("&")) return to;
    const added = after.filter(one => !before.includes(one));
    const kept = now.filter(one => before.includes(one) ? after.includes(one) : !added.some(other => name(other) === name(one)));
    const stays = rows(after) === rows(before) && places(after).join() === places(before).join();
    const placed = stays ? now : rows(now) === rows(before) ? after : [];
    const all = [...[...kept, ...added].filter(one => !place.test(one)), ...places(placed)];
    to.search = readable(new URLSearchParams(all.join("&")));
    return to;
  }

  // go goes to a URL. While a text is being typed, each URL takes the place of the
  // one before, so that the back button leads to before the text.
  function go(url, input = null) {
    const address = new URL(url, location.href);
    if (address.href === location.href) return;
    show(address); // first, since it asks the server, which then works meanwhile
    if (input && input === typed) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    typed = input;
  }

  // say goes to what a form says.
  function say(form, input = null) {
    const to = address(form);
    go(to, input);
    form.said = to.href;
  }

  // address is the page's URL with what a form says now. The form's hidden inputs
  // are for browsers without scripts: what else the URL has by now is newer.
  function address(form) {
    const from = form.said ?? form.closest("[data-part]").made ?? opened, url = new URL(from);
    const boxes = [...document.querySelectorAll("input[name=fields]")];
    const chosen = boxes.some(box => box.checked !== box.defaultChecked);
    // Filters that are shown stay so.
    const inputs = [...form.elements].filter(e => e.name && e.type !== "hidden" && e.name !== "view[filter]" && (chosen || e.name !== "fields"));
    // A box is of its value alone: others of its name may have none.
    const own = ([name, value]) => inputs.some(e => e.name === name && (e.type !== "checkbox" || name === "fields" || e.value === value));
    const said = [...new FormData(form)].filter(([name, value]) => (own([name, value]) || name === "view[filter]") && value !== "");
    let kept = [...url.searchParams].filter(one => !own(one) || said.some(s => s[0] === one[0] && s[1] === one[1]));
    if (form.id === "query" && !same(said, kept.filter(own), [...url.searchParams].filter(own))) {
      kept = kept.filter(([name]) => !["after", "page", "view[from]"].includes(name));
    }
    const parameters = new URLSearchParams();
    for (const [name, value] of [...kept, ...said]) {
      if (!parameters.has(name, value)) parameters.append(name, value);
    }
    url.hash = "";
    url.search = readable(parameters);
    return moved(from, url);
  }

  // bare is a URL without the section of the page.
  function bare(url) {
    return new URL(url, location.href).href.split("#", 1)[0];
  }

  // shut closes the choice of columns, which lies over the table.
  function shut(chooser) {
    if (!chooser?.open) return;
    chooser.open = false;
    chooser.querySelector("summary").focus();
  }

  // readable writes parameters as people do.
  function readable(parameters) {
    return parameters.toString().replaceAll("%5B", "[").replaceAll("%5D", "]").replaceAll("%3A", ":");
  }

  // same reports whether lists have equally many entries.
  function same(...lists) {
    return lists.every(list => list.length === lists[0].length);
  }

  document.addEventListener("submit", event => {
    if (event.target.action && explore.contains(event.target)) {
      event.preventDefault();
      say(event.target);
      shut(event.submitter?.closest(".chooser"));
    }
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") shut(event.target.closest(".chooser"));
    if (event.target.name !== "view[filter]") return;
    // Each arrow changes a list that is not open, at once. Enter adds a filter, or leaving.
    step = ["Enter", " "].includes(event.key) || event.altKey ? -Infinity : performance.now();
    if (event.key === "Enter") add(event);
  });
  document.addEventListener("focusout", add);
  document.addEventListener("change", event => {
    const form = event.target.form;
    if (!form || !explore.contains(form) || event.target.type === "range" || event.target.closest(".choices")) return;
    if (event.target.name === "view[filter]" && performance.now() - step < 300) return;
    const {name, value, checked} = event.target;
    for (const other of checked && (name === "missing" || name === "present") ? form.querySelectorAll(".miss input") : []) {
      if (other.name !== name && other.value === value) other.checked = false; // no row is both
    }
    say(form);
    typed = null; // the text is what it is to be
  });
  document.addEventListener("input", event => {
    const form = event.target.form;
    if (form && explore.contains(form) && ["search", "text", "number"].includes(event.target.type) && !event.target.validity.badInput) {
      clearTimeout(typing);
      // A server that has answered is asked at once. One that still works is asked when it
      // has answered, or after a pause.
      const {name} = event.target;
      wanted = () => say(form, name);
      if (asked) typing = setTimeout(wanted, 300);
      else wanted();
    }
  });
  document.addEventListener("click", event => {
    const url = link(event);
    if (!url) return;
    event.preventDefault();
    go(url);
  });
  document.addEventListener("toggle", event => {
    // A filter of dates has its periods once it is shown. The URL keeps that it is, but
    // the back button leads to what was before.
    const periods = event.target.open && explore.contains(event.target) && event.target.querySelector("a.ask");
    if (!periods) return;
    const url = new URL(location.href);
    url.searchParams.append("view[filter]", periods.dataset.field);
    url.search = readable(url.searchParams);
    history.replaceState(null, "", url);
    replace([document.querySelector("#filters")], url, running.signal);
  }, true);
  document.addEventListener("pointerdown", foresee);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => {
    const ended = early;
    setTimeout(() => { // after its click, and maybe after the button is down again
      if (early === ended) forget();
    });
  });
  function add(event) {
    const {form, name, value} = event.target;
    if (name === "view[filter]" && value && explore.contains(form)) say(form);
  }
  addEventListener("popstate", () => {
    if (bare(location.href) === last) return; // to a section of the page, or back
    typed = null;
    const active = document.activeElement;
    if (explore.contains(active) && active.matches("input:not([type=checkbox], [type=range])")) {
      // What the browser would report as a change when the input leaves the page.
      active.value = new URL(location.href).searchParams.get(active.name) ?? "";
    }
    show(location.href, false);
  });
}

// frame waits until a frame has been made, or for as long as a page in the background,
// which makes none, may take.
function frame() {
  return new Promise(resolve => {
    setTimeout(resolve, 500);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}

// released waits until no handle within the part is being moved.
function released(part) {
  if (!part.querySelector("input[type=range]:active")) return;
  return new Promise(resolve => addEventListener("pointerup", () => setTimeout(resolve), {once: true}));
}

// sketch asks for the small distributions, one after another, so that they are in
// nobody's way.
async function sketch(signal) {
  for (const image of document.querySelectorAll("img[data-src]")) {
    if (signal.aborted) return;
    const before = image.getAttribute("src"), {src} = image.dataset;
    const {top, bottom, left, right} = image.getBoundingClientRect();
    const seen = bottom >= 0 && right >= 0 && top <= innerHeight && left <= innerWidth;
    await new Promise(resolve => {
      image.onload = image.onerror = resolve;
      signal.addEventListener("abort", () => {
        if (!image.complete) image.src = before ?? ""; // which ends the request
        resolve();
      });
      image.src = src;
      if (!seen) resolve(); // it is loaded when it comes into view
    });
    if (!signal.aborted) delete image.dataset.src;
  }
}

// keep leaves the small distributions of columns as they are until sketch asks for
// those of the fresh table.
function keep(old, fresh) {
  for (const image of fresh.querySelectorAll("th img")) {
    const column = image.parentElement.querySelector("[data-focus]").dataset.focus;
    const shown = old.querySelector(`th:has([data-focus="${CSS.escape(column)}"]) img`);
    const src = image.getAttribute("src");
    if (shown?.getAttribute("src") === src) {
      image.replaceWith(shown);
      delete shown.dataset.src;
    } else if (shown) {
      shown.dataset.src = src;
      image.replaceWith(shown);
    } else {
      image.removeAttribute("src");
      image.dataset.src = src;
    }
  }
}

// swap puts fresh parts, which are made for the URL, in the place of old ones. What was open
// stays open, and the focus stays on what it was on. All is read and prepared before any part
// is replaced, so that the page is laid out once.
function swap(pairs, kept, url) {
  const active = document.activeElement;
  const scrolled = pairs.map(([old]) => old.querySelector(".scroll")?.scrollLeft);
  const prepared = pairs.map(([old, fresh], i) => prepare(old, document.adoptNode(fresh), active, scrolled[i], kept)).filter(one => one);
  for (const part of pairs.flat()) {
    part.made = url;
    for (const form of part.querySelectorAll("form")) delete form.said;
  }
  for (const {old, fresh} of prepared) old.replaceWith(fresh);
  for (const {fresh, scrolled, inside, find} of prepared) {
    const scroll = scrolled && fresh.querySelector(".scroll");
    if (scroll) scroll.scrollLeft = scrolled;
    if (!inside) continue;
    const found = find && fresh.querySelector(find);
    if (!found) fresh.tabIndex = -1;
    (found || fresh).focus({preventScroll: true});
  }
}

// prepare makes a fresh part ready to take the place of an old one, and returns what is
// to be restored then; nothing where it has taken it already.
function prepare(old, fresh, active, scrolled, kept) {
  for (const details of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector("#" + CSS.escape(details.id));
    if (!same) continue;
    // What the server opens is a filter that is used now. One that it had open before
    // stays as the reader has it.
    const opened = same.open && !details.served;
    same.served = same.open;
    same.open = details.open || opened && !details.hasAttribute("name");
  }
  const inside = old.contains(active);
  if (kept && inside && active.matches("input:not([type=checkbox])") && around(old, fresh, active.closest(".bounds") ?? active)) {
    old.removeAttribute("aria-busy");
    enhance(old);
    return null;
  }
  keep(old, fresh);
  enhance(fresh);
  return {old, fresh, scrolled, inside, find: inside ? finding(active) : null};
}

// finding returns the selector of what stands for an element in a fresh part, or null.
function finding(element) {
  if (element.name) {
    const value = element.type === "checkbox" ? `[value="${CSS.escape(element.value)}"]` : "";
    return `[name="${CSS.escape(element.name)}"]:not([type=hidden])${value}`;
  }
  if (element.dataset.focus) return `[data-focus="${CSS.escape(element.dataset.focus)}"]`;
  if (element.closest("details[id] > summary")) return `#${CSS.escape(element.parentElement.id)} > summary`;
  return null;
}

// around replaces all of a part but what is being typed into or moved, which keeps its
// text and the place of the cursor. It returns false where the fresh part has nothing
// in its place.
function around(old, fresh, kept) {
  const find = kept.matches(".bounds") ? `#${CSS.escape(kept.closest("details").id)} .bounds` : finding(kept);
  const same = fresh.querySelectorAll(find)[[...old.querySelectorAll(find)].indexOf(kept)];
  const path = [];
  let [a, b] = [kept, same];
  for (; b && a !== old && b !== fresh; [a, b] = [a.parentNode, b.parentNode]) path.push([a, b]);
  if (a !== old || b !== fresh) return false;
  for (const [mine, other] of path) {
    const siblings = [...other.parentNode.childNodes], at = siblings.indexOf(other);
    for (const node of [...mine.parentNode.childNodes]) {
      if (node !== mine) node.remove();
    }
    mine.before(...siblings.slice(0, at));
    mine.after(...siblings.slice(at + 1));
  }
  return true;
}

// enhance adds what needs a script: numbers as the reader writes them, buttons
// that copy, and handles for bounds.
function enhance(root) {
  for (const table of root.querySelectorAll("table.data")) align(table);
  for (const element of root.querySelectorAll("[data-numbers], .values .n, .chart .tick, .chart .value, .chart .count, .chart .on")) localize(element);
  for (const button of root.querySelectorAll("button.copy")) {
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await copy(button.parentElement.querySelector("code"));
      button.textContent = button.dataset.done;
      document.querySelector("#status").textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
  for (const bounds of root.querySelectorAll(".bounds[data-least]")) handles(bounds);
}

// copy copies the text of an element. Pages that come without TLS from another machine have
// no clipboard, but can copy what is selected.
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
  getSelection().removeAllRanges();
}

// align writes the numbers of a table as the reader does, those of a column with
// equally many decimals, and leaves the exact value to the pointer.
function align(table) {
  const columns = new Map();
  for (const cell of table.querySelectorAll("td.num, data.num")) {
    if (!/^-?\d+(\.\d+)?$/.test(cell.textContent)) continue;
    const key = cell.cellIndex ?? -1;
    if (!columns.has(key)) columns.set(key, []);
    columns.get(key).push(cell);
  }
  for (const [key, cells] of columns) {
    const decimals = cells.map(cell => (cell.textContent.split(".")[1] ?? "").replace(/0+$/, "").length);
    const most = Math.min(Math.max(...decimals), 4);
    const format = new Intl.NumberFormat(undefined, {useGrouping: "min2", minimumFractionDigits: key < 0 ? 0 : most, maximumFractionDigits: 4});
    for (const cell of cells) {
      const exact = cell.textContent;
      const tiny = Number(exact) !== 0 && Math.abs(Number(exact)) < 0.001;
      cell.title = exact;
      if (!tiny) cell.textContent = format.format(exact);
    }
  }
}

// localize writes the numbers of a text of the server as the reader does, with as many
// decimals. It leaves what only begins with a number, such as a date.
function localize(element) {
  if (element.localized) return;
  element.localized = true;
  const text = element.textContent;
  const fresh = text.replace(/(?<![^\s])(−?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![^\s])/gu, (_, sign, whole, fraction = "") => {
    const decimals = Math.max(0, fraction.length - 1);
    return sign + new Intl.NumberFormat(undefined, {useGrouping: "min2", minimumFractionDigits: decimals, maximumFractionDigits: decimals}).format(whole.replaceAll(",", "") + fraction);
  });
  if (fresh !== text) element.textContent = fresh;
}

// handles adds two handles below a distribution, which set its bounds.
function handles(bounds) {
  const least = Number(bounds.dataset.least), greatest = Number(bounds.dataset.greatest);
  if (bounds.querySelector(".twin") || bounds.dataset.least === "" || !(greatest > least)) return;
  const twin = document.createElement("div");
  twin.className = "twin";
  const digits = Math.max(0, 3 - Math.floor(Math.log10(greatest - least)));
  const inputs = [...bounds.querySelectorAll(".pair input")];
  const ranges = inputs.map((input, i) => {
    const range = document.createElement("input");
    Object.assign(range, {type: "range", min: least, max: greatest, step: "any"});
    range.value = input.value === "" ? (i === 0 ? least : greatest) : input.value;
    range.setAttribute("aria-label", input.getAttribute("aria-label"));
    twin.append(range);
    input.addEventListener("input", () => { range.value = input.value === "" ? (i === 0 ? least : greatest) : input.value; });
    return range;
  });
  ranges.forEach((range, i) => {
    range.addEventListener("input", () => {
      const other = Number(ranges[1 - i].value);
      if (i === 0 ? range.value > other : range.value < other) range.value = other;
      const end = i === 0 ? least : greatest;
      inputs[i].value = Number(range.value) === end ? "" : String(Number(Number(range.value).toFixed(Math.min(digits, 20))));
    });
    range.addEventListener("change", () => inputs[i].dispatchEvent(new Event("change", {bubbles: true})));
  });
  bounds.querySelector(".pair").before(twin);
}
