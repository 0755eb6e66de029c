// Live pages: hear that something changed, fetch the page again, swap the marked parts in, say what is new.
// Without this script every page works, only not by itself. X-Shown is the time, on the shown clock, of an answer.
import { initAll } from "/static/nhsuk/nhsuk-frontend-10.6.1.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

const POLL_MS = 30_000; // when the link is lost
const SILENCE_MS = 25_000; // longer than two heartbeats
const REMEMBER = 2_000; // tasks
const REST_MS = 60_000; // a pointer that rests longer is on a screen that nobody works at

const body = document.body;
const views = (body.dataset.views || "").split(" ");
const said = document.getElementById("said");
const lost = document.getElementById("link-lost");

// -- what changed since I looked: the revision of each row as this browser last showed it to this role ---------------
const memory = `ascbridge.seen.${body.dataset.viewer || ""}`;
const seen = new Map(read());

function read() {
  try {
    return JSON.parse(localStorage.getItem(memory) || "[]");
  } catch {
    return [];
  }
}

function remember() {
  try {
    localStorage.setItem(memory, JSON.stringify([...seen].slice(-REMEMBER)));
  } catch {
    // A browser that keeps nothing shows no marks.
  }
}

function look(row) {
  seen.delete(row.dataset.row);
  seen.set(row.dataset.row, row.dataset.revision);
}

function mark(first) {
  const list = document.querySelector("[data-list]");
  const fresh = { new: 0, changed: 0 };
  if (!list) {
    document.querySelectorAll("[data-row]").forEach(look);
    remember();
    return fresh;
  }
  const beginning = seen.size === 0;
  for (const row of list.querySelectorAll("[data-row]")) {
    const before = seen.get(row.dataset.row);
    if (beginning) look(row);
    else if (before !== row.dataset.revision) {
      const kind = before === undefined ? "new" : "changed";
      fresh[kind] += 1;
      row.classList.add("asc-changed");
      const label = row.querySelector("[data-fresh]");
      if (label) label.textContent = kind === "new" ? "New" : "Changed";
      if (label) label.hidden = false;
    }
  }
  if (beginning && first) remember();
  const all = document.getElementById("all-seen");
  if (all) all.hidden = fresh.new + fresh.changed === 0;
  return fresh;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "all-seen") return;
  document.querySelectorAll("[data-list] [data-row]").forEach((row) => {
    look(row);
    row.classList.remove("asc-changed");
    const label = row.querySelector("[data-fresh]");
    if (label) label.hidden = true;
  });
  remember();
  event.target.hidden = true;
  document.getElementById("maincontent").setAttribute("tabindex", "-1");
  document.getElementById("maincontent").focus({ preventScroll: true });
});

// -- fetching the page again ----------------------------------------------------------------------------------------
let running = false;
let again = false;

async function refresh() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Mark": body.dataset.mark }, cache: "no-store" });
    if (answer.status === 401) location.assign("/sign-in?why=ended");
    else if (answer.redirected) location.assign(answer.url); // it may not be shown any longer, or not without saying why
    else if (answer.status === 200) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (answer.ok) contact(answer.headers.get("X-Shown"));
  } catch {
    // the banner tells it; the next poll tries again
  } finally {
    running = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function swap(page) {
  const changes = atHand() ? differences(page) : 0;
  if (!changes) return take(page);
  // What is no list changes at once all the same: a feed that is late must be seen. The row at hand stays where it is.
  const list = (fragment) => fragment.querySelector("[data-list]") || fragment.contains(document.activeElement);
  steadily(() => replace(page, (fragment) => !list(fragment)));
  hold(page, changes);
}

function take(page) {
  const focused = document.activeElement;
  const place = focused && focused.closest("[data-fragment]") ? pathTo(focused) : null;
  const open = new Set([...document.querySelectorAll("[data-fragment] details[open][id]")].map((one) => one.id));
  const chosen = new Map([...document.querySelectorAll("[data-fragment] input[name=chosen]:checked")].map((one) => [one.id, one.value]));
  steadily(() => replace(page, () => true));
  for (const [id, value] of chosen) rechoose(id, value);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (place) refind(place)?.focus({ preventScroll: true });
  body.dataset.mark = page.body.dataset.mark;
  body.dataset.shown = page.body.dataset.shown;
  held = null;
  if (heldBar) heldBar.hidden = true;
  const fresh = mark(false);
  if (fresh.new + fresh.changed) {
    said.textContent = `Updated at ${body.dataset.shown}: ${fresh.new} new, ${fresh.changed} changed since you looked.`;
  }
}

// What was chosen stays chosen, as it was shown when it was: where somebody was quicker, that row is told so.
function rechoose(id, value) {
  const box = document.getElementById(id);
  if (box) box.checked = true;
  if (box) box.value = value;
}

function replace(page, wanted) {
  for (const old of [...document.querySelectorAll("[data-fragment]")].filter(wanted)) {
    const fresh = page.getElementById(old.id);
    if (fresh) old.replaceChildren(...fresh.cloneNode(true).childNodes);
  }
}

// -- the row at hand: the one with the keyboard's focus or under the pointer never moves by itself --------------------
const heldBar = document.getElementById("held");
const showHeld = document.getElementById("show-held");
let held = null;
let pointer = null;
let movedAt = -Infinity;

addEventListener("pointermove", (event) => {
  // Where a page opens under a pointer that rests, the browser tells of a move that was none.
  if (pointer && (pointer.x !== event.clientX || pointer.y !== event.clientY)) movedAt = performance.now();
  pointer = { x: event.clientX, y: event.clientY, hovers: event.pointerType !== "touch" };
});

function atHand() {
  const focused = document.activeElement?.closest("[data-list] [data-row]");
  if (focused) return focused;
  const resting = performance.now() - movedAt > REST_MS;
  return resting || !pointer.hovers ? null : document.querySelector("[data-list] [data-row]:hover");
}

function revisions(root) {
  return [...root.querySelectorAll("[data-list] [data-row]")].map((row) => [row.dataset.row, row.dataset.revision]);
}

// How many rows are new, gone or changed; where none is, how many stand elsewhere.
function differences(page) {
  const before = revisions(document);
  const after = revisions(page);
  const [was, is] = [new Map(before), new Map(after)];
  const changed = [...new Map([...was, ...is]).keys()].filter((row) => was.get(row) !== is.get(row)).length;
  return changed || after.filter(([row], place) => before[place]?.[0] !== row).length;
}

function hold(page, changes) {
  held = page;
  const text = `${changes} change${changes === 1 ? "" : "s"}, show`;
  if (showHeld.textContent !== text) said.textContent = `${changes} change${changes === 1 ? " waits" : "s wait"} to be shown.`;
  showHeld.textContent = text;
  heldBar.hidden = false;
}

showHeld?.addEventListener("click", () => {
  if (held) take(held);
  const main = document.getElementById("maincontent");
  main.setAttribute("tabindex", "-1");
  main.focus({ preventScroll: true });
});

// Change something with the row at hand staying where it is on the screen, even where there is nothing to scroll.
function steadily(change) {
  const row = atHand();
  const top = row?.getBoundingClientRect().top;
  change();
  const again = row && document.querySelector(`[data-list] [data-row="${CSS.escape(row.dataset.row)}"]`);
  if (!again) return;
  const off = () => Math.round(again.getBoundingClientRect().top - top);
  scrollBy({ top: off(), behavior: "instant" });
  const list = again.closest("[data-list]");
  if (off() < 0) list.style.marginTop = `${parseFloat(getComputedStyle(list).marginTop) - off()}px`;
  if (off() > 0) {
    body.style.paddingBottom = `${parseFloat(getComputedStyle(body).paddingBottom) + off()}px`;
    scrollBy({ top: off(), behavior: "instant" });
  }
}

// Where the keyboard was: by id, else by the link's address within its row.
function pathTo(element) {
  if (element.id) return { id: element.id };
  const row = element.closest("[data-row]");
  return { row: row?.dataset.row, href: element.getAttribute("href"), tag: element.tagName };
}

function refind(place) {
  if (place.id) return document.getElementById(place.id);
  const within = place.row ? document.querySelector(`[data-row="${CSS.escape(place.row)}"]`) : document;
  return [...(within || document).querySelectorAll(place.tag)].find((one) => one.getAttribute("href") === place.href);
}

// -- the live link --------------------------------------------------------------------------------------------------
let since = body.dataset.shown;
let heard = Date.now();
let linked = false;

function contact(time) {
  if (time) since = time;
  if (linked && !lost.hidden) steadily(() => (lost.hidden = true));
  lost.querySelector("[data-since]").textContent = since;
}

function lose() {
  linked = false;
  lost.querySelector("[data-since]").textContent = since;
  if (lost.hidden) said.textContent = `Live link lost. This page may be incomplete since ${since}.`;
  if (lost.hidden) steadily(() => (lost.hidden = false));
}

function listen() {
  const link = new EventSource(body.dataset.link); // safeguarding has a link of its own, and the common one nothing of it
  const alive = (event) => {
    const [time, ...changed] = event.data.split(" ");
    const returned = !linked; // the first time too: something may have changed since the page was fetched
    heard = Date.now();
    linked = true;
    contact(time);
    if (returned || views.some((view) => changed.includes(view))) refresh();
  };
  for (const kind of ["hello", "heartbeat", "changed"]) link.addEventListener(kind, alive);
  link.addEventListener("error", () => {
    linked = false;
    setTimeout(() => {
      if (!linked) lose();
    }, 2_000);
    if (link.readyState === EventSource.CLOSED) setTimeout(listen, 5_000);
  });
  addEventListener("pagehide", () => link.close(), { once: true });
}

if (body.dataset.mark) {
  mark(true);
  listen();
  setInterval(() => {
    if (linked && Date.now() - heard > SILENCE_MS) lose();
    if (!linked) refresh();
  }, POLL_MS);
  setInterval(() => {
    if (linked && Date.now() - heard > SILENCE_MS) lose();
  }, 1_000);
  // Due times pass by themselves, without anything happening.
  setInterval(() => {
    if (linked) refresh();
  }, 60_000);
}

// -- in a case system's frame only records are shown: whatever else is opened from one opens in a window of its own ----
if (window !== window.top) {
  const framed = (body.dataset.framed || "").split(" ");
  const stays = (address) => framed.some((one) => address.pathname === one || address.pathname.startsWith(`${one}/`));
  const elsewhere = (one, address) => {
    if (one && !one.target && !stays(new URL(address, location.href))) one.target = "_blank";
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link) elsewhere(link, link.href);
  });
  document.addEventListener("submit", (event) => elsewhere(event.target, event.target.action));
}
