"use strict";
// All of this is convenience: without it the page reads the same.
for (const table of document.querySelectorAll("table.results")) {
  table.querySelectorAll("thead th[scope=col]").forEach((head, nth) => {
    const at = Number(head.dataset.c ?? nth);
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[at].dataset.v;
      const compare = (one, two) => {
        const [a, b] = [key(one), key(two)];
        if (a === undefined || b === undefined)
          return a === b ? one.cells[at].textContent.localeCompare(two.cells[at].textContent) * (up ? 1 : -1)
            : a === undefined ? 1 : -1;
        return (a - b) * (up ? 1 : -1);
      };
      for (const body of table.tBodies)
        body.append(...[...body.rows].filter((row) => row.className !== "over").sort(compare));
    });
  });
}
for (const pre of document.querySelectorAll(".copy pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected: copy it";
    }
  });
  pre.before(button);
}
const unfold = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.closest("details")) {
    target.closest("details").open = true;
    target.scrollIntoView({ block: "nearest" });
  }
};
addEventListener("hashchange", unfold);
unfold();
