#pragma once

#include <string_view>

namespace holdfast {

/// The style of the status page. Colours have a contrast of 4.5 or more in both schemes.
constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --page: #ffffff; --card: #f4f6f8; --text: #1b2330; --soft: #4d5969; --rule: #c9d0d9;
  --line: #1f5fbf; --good: #1b6e3c; --warn: #8a5200; --bad: #b3261e; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1c222b; --text: #e8ecf1; --soft: #a9b4c2; --rule: #3a4452;
  --line: #7db2ff; --good: #6fd39a; --warn: #f0b45a; --bad: #ff8f87; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 1.25rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; }
p { margin: .25rem 0; }
.soft, figcaption, dt, th { color: var(--soft); }
.alerts { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
.alerts li { background: var(--card); border-left: .35rem solid var(--soft); border-radius: .25rem; padding: .6rem .8rem; }
.alerts .warning { border-color: var(--warn); }
.alerts .critical { border-color: var(--bad); }
.warning > b, .warning-text { color: var(--warn); }
.critical > b, .critical-text { color: var(--bad); }
.fine { border-left: .35rem solid var(--good); background: var(--card); padding: .6rem .8rem; border-radius: .25rem; }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: .25rem; }
.scroll:focus-visible, a:focus-visible { outline: 3px solid var(--line); outline-offset: 2px; }
time, .ago { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .45rem .7rem; border-bottom: 1px solid var(--rule); vertical-align: top; min-width: 9.5rem; }
tr:last-child > * { border-bottom: 0; }
th[scope=row] { color: var(--text); }
.number { min-width: 5.5rem; }
a { color: var(--line); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem 1.5rem; margin: 0 0 1rem; }
dd { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .75rem; }
figure { margin: 0; background: var(--card); border-radius: .25rem; padding: .6rem; break-inside: avoid; }
figcaption strong { color: var(--text); }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--soft); }
polyline { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; }
circle { fill: var(--line); }
.axis { stroke: var(--rule); }
.level-stored { stroke: var(--soft); stroke-width: 2; }
.level-checksummed { stroke: var(--warn); stroke-width: 2; }
.level-restored, .level-content-equal { stroke: var(--good); stroke-width: 2; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; } .scroll { overflow: visible; border: 0; }
  th, td { min-width: 4rem; padding: .2rem .35rem; font-size: 8pt; } section { break-inside: avoid-page; } a { color: inherit; } }
)css";

}  // namespace holdfast
