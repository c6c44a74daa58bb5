"use strict";
// Draws the pictures when they come into sight, in the colours of the page; sorts, filters and hides lines.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const onDark = JSON.parse(document.getElementById("on-dark").textContent);
  const root = document.documentElement;
  const media = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  const unticked = new Set(); // lines whose box has no tick: groups and runs
  const filtered = new Set(); // groups that the filter leaves out
  const drawn = new Set();
  const NARROW = 560; // CSS pixels

  // ---- colours

  const isDark = () => !printing.matches && (root.dataset.theme ? root.dataset.theme === "dark" : media.matches);
  const variable = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // A copy of a figure's values in the colours of the page.
  function coloured(value) {
    if (typeof value === "string") return isDark() && Object.hasOwn(onDark, value) ? onDark[value] : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object" && value.constructor === Object) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  }

  function axis(given, ink, soft, grid) {
    return {
      gridcolor: grid, zeroline: false, linecolor: soft, tickcolor: soft, ticks: "outside", ticklen: 4, showline: true,
      ...given,
      title: { ...given?.title, font: { size: 13, color: soft } },
      tickfont: { size: 12, color: ink },
    };
  }

  function layoutOf(chart, given, data) {
    const [ink, soft, grid, paper] = ["--ink", "--soft", "--grid", "--paper"].map(variable);
    const narrow = chart.clientWidth < NARROW;
    const entries = data.filter((trace) => trace.showlegend !== false).length;
    const second = given.yaxis2 && { yaxis2: axis(given.yaxis2, ink, soft, grid) };
    return {
      ...given,
      uirevision: "kept", // what the reader has zoomed to, and lines shown by the legend, outlast a redrawing
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: variable("--sans"), size: 13, color: ink },
      margin: { l: narrow ? 46 : 58, r: narrow ? 8 : 32, t: 8, b: 44 },
      modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)", color: soft, activecolor: ink }, // beside the legend
      showlegend: entries > 1 && entries <= (narrow ? 8 : 14), // more would leave no room: the leaderboard has the keys
      legend: { orientation: "h", yanchor: "bottom", y: 1.01, xanchor: "left", x: 0, font: { size: narrow ? 11 : 12 } },
      hoverlabel: { bgcolor: paper, bordercolor: soft, font: { color: ink, family: variable("--sans") } },
      dragmode: narrow ? false : "zoom",
      xaxis: axis(given.xaxis, ink, soft, grid),
      yaxis: axis(given.yaxis, ink, soft, grid),
      ...second,
    };
  }

  // ---- pictures

  const isHidden = (meta) => Boolean(meta) && ([meta.line, meta.run, meta.group].some((id) => unticked.has(id)) || filtered.has(meta.group));

  function draw(chart) {
    const figure = figures[chart.id];
    const data = coloured(figure.data);
    for (const trace of data) {
      if (trace.colorbar) {
        const title = { ...trace.colorbar.title, font: { size: 12 } };
        trace.colorbar = { ...trace.colorbar, title, outlinewidth: 0, tickfont: { size: 12 } };
      }
      if (isHidden(trace.meta)) trace.visible = false;
    }
    const first = !drawn.has(chart);
    drawn.add(chart);
    const settings = {
      responsive: true, displaylogo: false, doubleClick: "reset+autosize",
      displayModeBar: chart.clientWidth < NARROW ? false : "hover",
      // Named one by one: Plotly's own set has one that would send the data elsewhere.
      modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
      toImageButtonOptions: { filename: chart.id, scale: 2 },
    };
    Plotly.react(chart, data, layoutOf(chart, coloured(figure.layout), data), settings);
    if (first) chart.on("plotly_legendclick", (event) => legendClicked(chart, event));
  }

  // Where an entry stands for a line of the leaderboard, its tick follows.
  function legendClicked(chart, event) {
    const meta = event.data[event.curveNumber].meta;
    if (!meta?.line) return true;
    const box = document.querySelector(`input[data-line="${meta.group}"]`);
    box.click();
    return false;
  }

  const redraw = () => drawn.forEach(draw);
  const charts = [...document.querySelectorAll(".chart")];
  const sight = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          sight.unobserve(entry.target);
          draw(entry.target);
        }
      }
    },
    { rootMargin: "600px" },
  );
  charts.forEach((chart) => sight.observe(chart));

  // ---- light and dark

  const theme = document.getElementById("theme");
  function nameTheme() {
    theme.textContent = isDark() ? "Light" : "Dark";
    for (const line of document.querySelectorAll("[data-colour]")) {
      line.setAttribute("stroke", coloured(line.dataset.colour));
    }
    redraw();
  }
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  media.addEventListener("change", nameTheme);
  nameTheme();
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    charts.forEach(draw);
    nameTheme();
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    nameTheme();
  });

  // ---- leaderboards

  for (const board of document.querySelectorAll(".board")) {
    const table = board.querySelector("table");
    const bodies = [...table.tBodies];
    const groups = bodies.filter((body) => !body.classList.contains("baseline"));
    const count = board.querySelector(".count");
    const filter = board.querySelector(".filter");
    const boxes = [...board.querySelectorAll("input[type=checkbox]")];
    const words = new Map(bodies.map((body) => [body, body.textContent.toLowerCase()]));
    for (const hidden of board.querySelectorAll("[hidden]")) hidden.hidden = false;

    function refresh() {
      const shown = groups.filter((body) => !body.hidden);
      const ticked = shown.filter((body) => !unticked.has(body.dataset.line));
      count.textContent = `${shown.length} of ${groups.length} lines, ${ticked.length} ticked`;
      for (const body of groups) body.classList.toggle("hidden-line", unticked.has(body.dataset.line));
      charts.filter((chart) => chart.dataset.task === board.dataset.task && drawn.has(chart)).forEach(draw);
    }

    function tick(box, value) {
      box.checked = value;
      if (value) unticked.delete(box.dataset.line);
      else unticked.add(box.dataset.line);
    }

    board.addEventListener("change", (event) => {
      if (event.target.type !== "checkbox") return;
      tick(event.target, event.target.checked);
      refresh();
    });

    filter.addEventListener("input", () => {
      const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const body of bodies) {
        const text = words.get(body);
        body.hidden = !wanted.every((word) => text.includes(word));
        if (body.hidden) filtered.add(body.dataset.line);
        else filtered.delete(body.dataset.line);
      }
      refresh();
    });

    board.querySelector(".all").addEventListener("click", () => {
      boxes.forEach((box) => tick(box, true));
      filter.value = "";
      filter.dispatchEvent(new Event("input"));
    });

    board.querySelector(".only").addEventListener("click", () => {
      const first = new Set([...table.tBodies].filter((body) => groups.includes(body) && !body.hidden).slice(0, 5));
      for (const body of groups) tick(body.querySelector("input"), first.has(body));
      refresh();
    });

    for (const button of board.querySelectorAll(".open")) {
      button.addEventListener("click", () => {
        const opened = button.closest("tbody").classList.toggle("opened");
        button.setAttribute("aria-expanded", String(opened));
        fit();
      });
    }

    // Columns that there is no room for are hidden, those that matter least first; on a phone the table scrolls.
    const scroller = board.querySelector(".scroll");
    const columns = board.querySelector(".columns");
    const going = [...table.tHead.rows[0].cells].filter((heading) => Number(heading.dataset.spare) > 0);
    going.sort((a, b) => Number(b.dataset.spare) - Number(a.dataset.spare));

    function fit() {
      for (const cell of table.querySelectorAll(".spared")) cell.classList.remove("spared");
      let hidden = 0;
      if (columns.getAttribute("aria-pressed") === "false" && innerWidth > 760) {
        for (const heading of going) {
          if (scroller.scrollWidth <= scroller.clientWidth) break;
          for (const row of table.rows) row.cells[heading.cellIndex].classList.add("spared");
          hidden += 1;
        }
      }
      columns.hidden = !hidden && columns.getAttribute("aria-pressed") === "false";
      columns.textContent = hidden ? `All columns (${hidden} more)` : "Fewer columns";
    }
    columns.addEventListener("click", () => {
      columns.setAttribute("aria-pressed", String(columns.getAttribute("aria-pressed") === "false"));
      fit();
    });
    addEventListener("resize", fit);
    fit();

    // What has no value comes last, whichever way round. The third click restores the leaderboard's own order.
    function sortBy(button) {
      const heading = button.closest("th");
      const column = Number(button.dataset.column);
      const next = { none: "ascending", ascending: "descending", descending: "none" }[heading.getAttribute("aria-sort")];
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", next);
      const sign = next === "descending" ? -1 : 1;
      const key = (body) => (next === "none" ? body.dataset.place : body.rows[0].cells[column].dataset.order);
      const isNumber = next === "none" || heading.classList.contains("number");
      const order = (a, b) => {
        const [left, right] = [key(a), key(b)];
        if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
        return sign * (isNumber ? Number(left) - Number(right) : left.localeCompare(right));
      };
      table.append(...[...bodies].sort(order));
    }
    for (const button of table.querySelectorAll("thead button")) button.addEventListener("click", () => sortBy(button));
    refresh();
  }

  // ---- commands

  for (const button of document.querySelectorAll(".copy")) {
    if (!navigator.clipboard) continue; // pages from disk have none in some browsers
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("code").textContent;
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
  }
})();
