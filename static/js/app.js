// Keeps a person's place: focus and scroll over swaps, dialogs, the search key, words for who listens.
(() => {
  "use strict";

  const typing = (node) => node instanceof Element && node.closest("input, textarea, select, [contenteditable]");

  // "/" goes to the search box from anywhere but a field.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const box = document.getElementById("q");
    if (!box || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // Dialogs: a button with data-dialog opens one, data-close shuts it; a form sent back with an error opens again.
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const opener = target && target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const closer = target && target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
  });
  const openRefused = () => document.querySelectorAll("dialog[data-open]:not([open])").forEach((box) => box.showModal());
  openRefused();

  // Filters are open on a wide window; on a narrow one they would push the rows away.
  const filters = document.getElementById("filters");
  if (filters && window.matchMedia("(max-width: 45rem)").matches) filters.open = false;

  // A form that is sent by GET leaves empty fields out of the address.
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // A page that is left open keeps itself current, quietly, until somebody unticks it.
  let quiet = false;
  const keeper = document.getElementById("keep-current");
  if (keeper) {
    const always = "always" in keeper.dataset; // a display on a wall
    keeper.parentElement.hidden = always;
    keeper.checked = always || sessionStorage.getItem("keep-current") !== "off";
    keeper.addEventListener("change", () => sessionStorage.setItem("keep-current", keeper.checked ? "on" : "off"));
    window.setInterval(refresh, 1000 * keeper.dataset.seconds);
  }
  function refresh() {
    const busy = document.hidden || document.querySelector("dialog[open]") || !document.getSelection().isCollapsed;
    if (!keeper.checked || busy) return;
    quiet = true;
    window.htmx.ajax("GET", window.location.href, {
      target: `#${keeper.dataset.target}`, swap: "outerHTML",
      headers: { "X-Polling": "1" }, // nobody pressed anything: this keeps no session alive
    });
  }

  // What had the focus, and how far it was scrolled, is found again.
  let kept = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const node = document.activeElement;
    kept = {
      ...place(node),
      start: node instanceof HTMLInputElement && node.type !== "checkbox" ? node.selectionStart : null,
      scrolled: [...document.querySelectorAll(".table-scroll[aria-label]")].map((box) => [box.getAttribute("aria-label"), box.scrollLeft, box.scrollTop]),
      open: [...document.querySelectorAll("details[open]")].map((box) => box.closest("[id]")?.id).filter(Boolean),
    };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    restore();
    openRefused();
    notRenewed(false);
    const words = part?.dataset?.announce ?? part?.querySelector?.("[data-announce]")?.dataset.announce;
    if (words && !quiet) announce(words);
    quiet = false;
  });
  function place(node) {
    if (!node || node === document.body) return { selector: "", nth: 0 };
    const name = ["id", "href", "name", "aria-label"].find((attribute) => node.getAttribute(attribute));
    const selector = node.tagName.toLowerCase() + (name ? `[${name}="${CSS.escape(node.getAttribute(name))}"]` : "");
    return { selector, nth: [...document.querySelectorAll(selector)].indexOf(node) };
  }
  function restore() {
    if (!kept) return;
    for (const [label, left, top] of kept.scrolled) {
      const box = document.querySelector(`.table-scroll[aria-label="${CSS.escape(label)}"]`);
      if (box) { box.scrollLeft = left; box.scrollTop = top; }
    }
    for (const id of kept.open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    if (document.activeElement === document.body) {
      const again = kept.selector && document.querySelectorAll(kept.selector)[kept.nth];
      if (again) {
        again.focus({ preventScroll: true });
        if (kept.start !== null && again.setSelectionRange && again.type !== "number") again.setSelectionRange(kept.start, kept.start);
      } else if (kept.selector) {
        document.getElementById("main")?.focus({ preventScroll: true });
      }
    }
    kept = null;
  }

  function announce(words) {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    window.setTimeout(() => { live.textContent = words; }, 60);
  }

  // A request that failed says so; the page keeps what it showed.
  const failed = (words) => () => {
    announce(words);
    notRenewed(true);
  };
  function notRenewed(yes) { // said above, and shown to who sees: old figures must not look like new ones
    const notice = document.getElementById("not-renewed");
    if (notice) notice.hidden = !yes;
  }
  document.addEventListener("htmx:responseError", failed("That did not work. The page shows what it showed before."));
  document.addEventListener("htmx:sendError", failed("The server cannot be reached. The page shows what it showed before."));
  document.addEventListener("htmx:timeout", failed("The server took too long. The page shows what it showed before."));
})();
