/** @file What a report does in a browser: values under the pointer, sorted tables, and news of a run in training. */

/** Sorted columns by table, so that news leave them as they are. */
const sorted = new Map();

function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

/** Where a pointer is, in an SVG's own units. */
function place(svg, event) {
  const box = svg.getBoundingClientRect();
  const { width, height } = svg.viewBox.baseVal;
  return {
    x: ((event.clientX - box.left) / box.width) * width,
    y: ((event.clientY - box.top) / box.height) * height,
  };
}

/** The values of an epoch: by pointer, by arrow keys. To assistive technology a chart is a slider over the epochs. */
function readCharts(root) {
  for (const svg of root.querySelectorAll("svg.chart[data-points]")) {
    const { x, series } = JSON.parse(svg.dataset.points);
    if (x.length === 0) continue;
    const output = svg.parentElement.querySelector("output");
    const cursor = svg.querySelector(".cursor");
    const line = cursor.querySelector("line");
    let chosen = x.length - 1;
    const choose = (i, quietly) => {
      chosen = clamp(i, 0, x.length - 1);
      const values = series.map(({ name, values }) => `${name} ${values[chosen]?.text ?? "–"}`);
      const text = `epoch ${x[chosen].epoch}: ${values.join(", ")}`;
      svg.setAttribute("aria-valuenow", x[chosen].epoch);
      svg.setAttribute("aria-valuetext", text);
      if (quietly) return;
      output.textContent = text;
      line.setAttribute("x1", x[chosen].at);
      line.setAttribute("x2", x[chosen].at);
      cursor.setAttribute("visibility", "visible");
    };
    const nearest = (at) =>
      x.reduce((best, point, i) => (Math.abs(point.at - at) < Math.abs(x[best].at - at) ? i : best), 0);
    svg.setAttribute("role", "slider");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("aria-valuemin", x[0].epoch);
    svg.setAttribute("aria-valuemax", x.at(-1).epoch);
    choose(chosen, true);
    svg.addEventListener("pointermove", (event) => choose(nearest(place(svg, event).x)));
    svg.addEventListener("pointerdown", (event) => choose(nearest(place(svg, event).x)));
    svg.addEventListener("focus", () => choose(chosen));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -x.length, End: x.length }[
        event.key
      ];
      if (step === undefined) return;
      event.preventDefault();
      choose(chosen + step);
    });
  }
}

/** The count of a cell of the confusion matrix, by pointer and by arrow keys. */
function readMatrix(root) {
  const svg = root.querySelector("svg.matrix");
  if (!svg) return;
  const names = JSON.parse(svg.dataset.names);
  const box = JSON.parse(svg.dataset.box);
  const output = svg.parentElement.querySelector("output");
  const cursor = svg.querySelector(".cursor");
  const counts = new Map();
  const totals = new Array(names.length).fill(0);
  const list = JSON.parse(svg.dataset.cells);
  for (let i = 0; i < list.length; i += 3) {
    counts.set(list[i] * names.length + list[i + 1], list[i + 2]);
    totals[list[i]] += list[i + 2];
  }
  const cell = box.side / names.length;
  let [row, column] = [0, 0];
  const choose = (nextRow, nextColumn) => {
    row = clamp(nextRow, 0, names.length - 1);
    column = clamp(nextColumn, 0, names.length - 1);
    const count = counts.get(row * names.length + column) ?? 0;
    const what = row === column ? `${names[row]} named right` : `${names[row]} taken for ${names[column]}`;
    const text = `${what}: ${count} of ${totals[row]}`;
    output.textContent = text;
    svg.setAttribute("aria-valuenow", row * names.length + column);
    svg.setAttribute("aria-valuetext", text);
    cursor.setAttribute("x", column * cell);
    cursor.setAttribute("y", row * cell);
    cursor.setAttribute("visibility", "visible");
  };
  const point = (event) => {
    const { x, y } = place(svg, event);
    const [across, down] = [(x - box.left) / cell, (y - box.top) / cell];
    if (across < 0 || down < 0 || across >= names.length || down >= names.length) return;
    choose(Math.floor(down), Math.floor(across));
  };
  svg.setAttribute("role", "slider");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("aria-valuemin", 0);
  svg.setAttribute("aria-valuemax", names.length ** 2 - 1);
  svg.setAttribute("aria-valuenow", 0);
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("focus", () => choose(row, column));
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(row + step[0], column + step[1]);
  });
}

/** A button in each head of a column. */
function sortTables(root) {
  for (const table of root.querySelectorAll("table.sortable")) {
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `${table.id}-sort-${column}`;
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const upwards = head.getAttribute("aria-sort") !== "ascending";
        sortTable(table, column, upwards);
        sorted.set(table.id, [column, upwards]);
      });
    }
    const [column, upwards] = sorted.get(table.id) ?? [];
    if (column !== undefined) sortTable(table, column, upwards);
  }
}

function sortTable(table, column, upwards) {
  const heads = [...table.tHead.rows[0].cells];
  const numbers = heads[column].classList.contains("number");
  const key = (row) => {
    const text = row.cells[column].textContent;
    // What is not known stands at the end of a rising column.
    return numbers ? Number.parseFloat(text.replace("–", "Infinity")) : text;
  };
  const compare = numbers ? (a, b) => key(a) - key(b) || 0 : (a, b) => key(a).localeCompare(key(b), "en");
  const rows = [...table.tBodies[0].rows].sort((a, b) => (upwards ? compare(a, b) : compare(b, a)));
  table.tBodies[0].append(...rows);
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", upwards ? "ascending" : "descending");
}

function enliven(root) {
  readCharts(root);
  readMatrix(root);
  sortTables(root);
}

/** Takes the new page's contents in place; what is open, focused and scrolled stays so. */
async function refresh() {
  const response = await fetch(location.pathname, { cache: "no-store" });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const open = [...document.querySelectorAll("details[open]")].map(({ id }) => id);
  const focused = document.activeElement?.id;
  const { scrollX, scrollY } = window;
  for (const selector of ["#head", "nav", "#main"]) {
    document.querySelector(selector).replaceChildren(...next.querySelector(selector).childNodes);
  }
  document.title = next.title;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  enliven(document);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  window.scrollTo(scrollX, scrollY);
}

/** Listens to the server, which says when something has changed. The browser connects again by itself. */
function listen() {
  const connection = document.getElementById("connection");
  const source = new EventSource("events");
  const say = (text) => {
    connection.textContent = text;
  };
  source.addEventListener("open", () => say("Live."));
  source.addEventListener("error", () => say("The connection is lost: this is how the run stood then."));
  source.addEventListener("change", () => refresh().catch((error) => say(`Not up to date: ${error.message}`)));
}

enliven(document);
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.setAttribute("open", "");
});
if (document.documentElement.dataset.live) listen();
