// Small helps for people in a hurry. Every page works without this file.
"use strict";

(() => {
  const typing = (element) => element.closest("input, select, textarea, [contenteditable]") !== null
    && !["checkbox", "radio", "submit", "button"].includes(element.type);

  // Keys: an element with data-key is pressed when its key is.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.chip[open], .phone-bar details[open]").forEach((open) => { open.open = false; });
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("#search")?.focus();
      return;
    }
    if (/^[1-5]$/.test(event.key) && choose(Number(event.key) - 1)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Enter") {
      if (event.target.closest("a, button, summary")) return;
      document.querySelector("[data-candidate].chosen [data-assign]")?.click();
      return;
    }
    if (walk(event)) {
      event.preventDefault();
      return;
    }
    const splits = event.key === "s" && (document.querySelector("[data-candidate].chosen [data-splits]")
      || document.querySelector("[data-candidate] [data-splits]"));
    const target = splits || [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)]
      .find((element) => element.getClientRects().length > 0);
    if (target) {
      event.preventDefault();
      if (target.matches("input")) target.focus();
      else target.click();
    }
  });

  // Lists: arrow keys go from row to row, x chooses the row.
  const walk = (event) => {
    const rows = [...document.querySelectorAll("table.rows tbody tr")].filter((row) => row.querySelector("a.whole"));
    const here = rows.indexOf(event.target.closest("tr"));
    if (event.key === "x" && here >= 0) {
      rows[here].querySelector("td.box input")?.click();
      return true;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !rows.length || (here < 0 && event.target !== document.body)) return false;
    const next = rows[here < 0 ? 0 : here + step];
    next?.querySelector("a.whole").focus();
    return Boolean(next);
  };

  const choose = (index) => {
    const candidates = document.querySelectorAll("[data-candidate]");
    if (!candidates[index]) return false;
    candidates.forEach((candidate, place) => candidate.classList.toggle("chosen", place === index));
    candidates[index].querySelector("[data-assign]")?.focus();
    candidates[index].scrollIntoView({ block: "nearest" });
    return true;
  };

  // Dialogs are opened by a button that names them.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    document.querySelectorAll("details.chip[open], .phone-bar details[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
  });

  // A form is sent once.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "1";
    window.setTimeout(() => { delete event.target.dataset.sent; }, 3000);
  });

  // What remains while a payment is split.
  const minor = (text, places) => {
    const plain = text.replace(/[\s’']/g, "").replace(/\.(?=\d{3}(\D|$))/g, "").replace(",", ".");
    return /^\d+(\.\d*)?$/.test(plain) ? Math.round(Number(plain) * 10 ** places) : 0;
  };
  const shown = (value, places, language) => new Intl.NumberFormat(language, {
    minimumFractionDigits: places, maximumFractionDigits: places,
  }).format(value / 10 ** places).replace("-", "\u2212");
  const remain = (form) => {
    const places = Number(form.dataset.places);
    const given = [...form.querySelectorAll("[data-share]")].reduce((sum, field) => sum + minor(field.value, places), 0);
    const left = Number(form.dataset.split) - given;
    const place = form.querySelector("[data-remaining]");
    if (place) place.textContent = shown(left, places, document.documentElement.lang);
    form.querySelector("[data-remains]")?.classList.toggle("too-much", left < 0);
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-split]");
    if (form && event.target.matches("[data-share]")) remain(form);
  });

  // Files dropped onto the field are the files of the field.
  document.querySelectorAll("[data-drop]").forEach((zone) => {
    const field = zone.querySelector("input[type=file]");
    ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("over")));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer?.files.length) return;
      field.files = event.dataTransfer.files;
      zone.closest("form").requestSubmit();
    });
  });

  const ready = () => {
    document.documentElement.classList.add("js");
    document.querySelector("[data-candidate][data-leads]")?.classList.add("chosen");
    document.querySelectorAll("form[data-split]").forEach(remain);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
