// The keys of the review page, its two dialogs and its editor. All requests are htmx attributes in the templates.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (element) => element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");

document.addEventListener("keydown", (event) => {
  const dialog = one("dialog[open]");
  if (dialog) {
    if (dialog.id === "sections") moveInSections(event);
    return;
  }
  if (typing(event.target)) {
    if (event.key === "Escape") {
      closeEditor();
      event.target.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "entry") {
      event.preventDefault();
      press("a");
    } else if (event.key === "Enter" && event.target.id === "q") {
      event.preventDefault();
      event.target.blur();
      const first = one(".row");
      if (first) first.click();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
  if (event.key === "j" || event.key === "ArrowDown" && event.target.matches(".row")) go(1, event);
  else if (event.key === "k" || event.key === "ArrowUp" && event.target.matches(".row")) go(-1, event);
  else if (event.key === "Escape") closeEditor();
  else if (press(event.key)) event.preventDefault();
});

// Presses what carries the key, or puts the cursor where the key leads.
function press(key) {
  const named = CSS.escape(key);
  const field = one(`[data-focus-key="${named}"]`);
  if (field) {
    field.focus();
    field.select();
    return true;
  }
  const target = one(`[data-key="${named}"]:not([disabled])`);
  if (target) target.click();
  return Boolean(target);
}

let direction = 1;
function go(step, event) {
  event.preventDefault();
  direction = step;
  const next = neighbour(step);
  if (next && prefetched?.url === next.getAttribute("hx-get")) showPrefetched(next);
  else if (next) next.click();
  else one(".more")?.dispatchEvent(new Event("intersect"));
}

function neighbour(step) {
  const rows = all(".row");
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  return rows[at < 0 ? 0 : at + step];
}

// The card of the paper that comes next is fetched while its reader reads this one, and dropped with any news.
let prefetched = null;
let prefetching;
function prefetch() {
  clearTimeout(prefetching);
  prefetching = setTimeout(async () => {
    const url = neighbour(direction)?.getAttribute("hx-get");
    if (!url || prefetched?.url === url) return;
    const wanted = (prefetched = { url });
    try {
      const answer = await fetch(url);
      const text = await answer.text();
      if (prefetched === wanted) prefetched = answer.ok ? { url, text } : null;
    } catch {
      prefetched = null;
    }
  }, 50);
}

function showPrefetched(row) {
  const { text } = prefetched;
  if (text === undefined) return row.click();
  const card = one("#card");
  htmx.swap(card, text, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }, { eventInfo: { target: card } });
  history.replaceState(history.state, "", row.href);
}

// The row of the paper that is shown.
function markRow() {
  const shown = one("#card article")?.dataset.paper;
  const marked = one(".row[aria-current]");
  if (marked && marked.dataset.paper === shown) return;
  marked?.removeAttribute("aria-current");
  const row = shown && one(`.row[data-paper="${CSS.escape(shown)}"]`);
  if (!row) return;
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "card") {
    if (event.detail.target.id === "rows") markRow();
    return;
  }
  const card = one("#card");
  const body = one(".card-body", card);
  if (body) body.scrollTop = 0;
  document.body.classList.remove("listing");
  if (!document.activeElement || document.activeElement === document.body) card.focus({ preventScroll: true });
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id === "status") fade(event.detail.target);
  if (event.detail.target.id === "notice" && event.detail.target.textContent.trim()) prefetched = null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  markRow();
  if (event.detail.target?.id === "card") prefetch();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb !== "get") prefetched = null;
  for (const place of all("#problem")) place.textContent = "";
});

// An answer that says what was wrong is shown where the reviewer looks; nothing else on the page changes.
document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.responseText.trim()));
document.addEventListener("htmx:sendError", () => say("The page's server does not answer: is `triage review` still running?"));

function say(words) {
  const place = one("#problem") || one("#status");
  place.textContent = words;
  if (place.id === "status") fade(place);
}

let fading;
function fade(toast) {
  toast.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("shown"), 5000);
}

// The editor of the entry.
function closeEditor() {
  const editor = one(".editor");
  if (!editor || editor.hidden) return;
  editor.hidden = true;
  one("#entry").disabled = true;
  one("#problem").textContent = "";
  one("[data-edits]").setAttribute("aria-expanded", "false");
}

function openEditor() {
  const editor = one(".editor");
  editor.hidden = false;
  const entry = one("#entry");
  entry.disabled = false;
  entry.focus();
  one("[data-edits]").setAttribute("aria-expanded", "true");
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens, opener.dataset.form);
  else if (event.target.closest("[data-edits]")) one(".editor").hidden ? openEditor() : closeEditor();
  else if (event.target.closest("[data-listing]")) document.body.classList.toggle("listing");
  else if (event.target.closest("[data-leaf]")) choose(event.target.closest("[data-leaf]"));
});

// The choice of a section by typing.
let asks = "choose";
function open(name, form = "choose") {
  asks = form;
  const dialog = document.getElementById(name);
  if (!dialog) return;
  dialog.showModal();
  const search = one("#section-search", dialog);
  if (search) {
    search.value = "";
    showMatches();
    search.focus();
  }
}

const options = () => {
  const shown = all("#section-list [data-leaf]:not([hidden])");
  return [...shown.filter((each) => each.classList.contains("named")), ...shown.filter((each) => !each.classList.contains("named"))];
};

function showMatches() {
  const words = one("#section-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of all("#section-list [data-leaf]")) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  // A section that is called so comes before one whose definition mentions the words.
  const named = (option) => words.length > 0 && words.every((word) => one("strong", option).textContent.toLowerCase().includes(word));
  for (const option of options()) option.classList.toggle("named", named(option));
  select(options().find(named) || options()[0]);
}

function select(option) {
  for (const other of all("#section-list [data-leaf]")) other.setAttribute("aria-selected", String(other === option));
  const search = one("#section-search");
  if (option) {
    search.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else search.removeAttribute("aria-activedescendant");
}

function moveInSections(event) {
  const shown = options();
  const at = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(shown[(at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (shown[at]) choose(shown[at]);
  }
}

function choose(option) {
  one("#sections").close();
  const form = document.getElementById(asks);
  if (!form) return;
  form.elements.section.value = option.dataset.leaf;
  form.requestSubmit();
}

document.addEventListener("input", (event) => {
  if (event.target.id === "section-search") showMatches();
});

// A grade that needs a section asks for it first.
document.addEventListener("htmx:confirm", (event) => {
  const button = event.detail.triggeringEvent?.submitter;
  if (!button?.dataset.needsSection || one("#decision [name=section]").value) return;
  event.preventDefault();
  one("#grade-first").value = button.value;
  open("sections", "decision");
});

document.addEventListener("DOMContentLoaded", () => {
  markRow();
  one(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
  prefetch();
});
