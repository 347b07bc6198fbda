const table = document.querySelector("#items"), body = table.tBodies[0], rows = [...body.rows],
      heads = [...table.tHead.rows[0].cells], filter = document.querySelector("#filter"),
      state = document.querySelector("#state"), shown = document.querySelector("#shown");

function show() {
  const text = filter.value.toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = (!state.value || row.className === state.value)
      && row.textContent.toLowerCase().includes(text);
    row.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length} items`;
}
filter.addEventListener("input", show);
state.addEventListener("change", show);

// Numbers by their full value, texts as people count: #2 before #10. Empty cells come last.
const order = new Intl.Collator(undefined, {numeric: true});
function compare(a, b) {
  if (a === b) return 0;
  if (a === "" || b === "") return null;
  const [p, q] = [Number(a), Number(b)];
  return isNaN(p) || isNaN(q) ? order.compare(a, b) : p - q;
}
heads.forEach((head, index) => head.firstElementChild.addEventListener("click", () => {
  const direction = head.ariaSort === "ascending" ? -1 : 1;
  for (const other of heads) other.ariaSort = "none";
  head.ariaSort = direction > 0 ? "ascending" : "descending";
  const keys = new Map(rows.map(row => {
    const cell = row.cells[index];
    return [row, cell.dataset.value ?? cell.textContent];
  }));
  rows.sort((a, b) => {
    const found = compare(keys.get(a), keys.get(b));
    return found === null ? (keys.get(a) === "" ? 1 : -1) : direction * found;
  });
  body.append(...rows);
}));

// A column is hidden by one rule of style, however many rows there are.
const style = document.head.appendChild(document.createElement("style"));
const boxes = [...document.querySelectorAll("#columns input")];
function columns() {
  style.textContent = boxes.map((box, index) => box.checked ? ""
    : `#items tr > :nth-child(${index + 1}) { display: none }`).join("\n");
}
for (const box of boxes) box.addEventListener("change", columns);

columns();
show();
