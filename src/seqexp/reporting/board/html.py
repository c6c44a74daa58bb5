"""How pages look: plain, light or dark as the reader's browser is, with nothing from elsewhere."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d5dae0; --faint: #656d76; --warn: #8a5300;
  --warn-paper: #fff5db; --hover: #f3f6f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ec; --paper: #14171a; --line: #363c43; --faint: #98a1ab; --warn: #f2c14e; --warn-paper: #332a12;
    --hover: #1f2429; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 90rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } .number { text-align: right; }
tbody tr:hover { background: var(--hover); }
.faint, li { color: var(--faint); }
.warning { color: var(--warn); background: var(--warn-paper); padding: 0.3rem 0.7rem; border-radius: 4px;
  width: fit-content; max-width: 100%; box-sizing: border-box; margin: 0.4rem 0; font-weight: 600; }
ul { padding-left: 1.2rem; font-size: 0.9rem; }
"""
