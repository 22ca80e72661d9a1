// What the report's page looks like, and the one thing that moves on it.
#pragma once

#include <string_view>

namespace kindred::eval {

inline constexpr std::string_view kReportStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--soft:#5b6572;--line:#dfe3e8;--card:#f7f8fa;--accent:66 105 208}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--fg:#e6e8eb;--soft:#9aa4b0;--line:#2e343c;--card:#1b1f26;--accent:110 146 240}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1160px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px}
h2{font-size:19px;margin:40px 0 10px;padding-top:6px}
h3{font-size:14px;margin:0 0 4px;font-weight:600}
p.note{color:var(--soft);font-size:13.5px;margin:8px 0 0;max-width:80ch}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:0;font-size:14px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
nav{margin:16px 0 0;font-size:14px}
nav a{color:rgb(var(--accent));text-decoration:none;margin-inline-end:16px;white-space:nowrap}
nav a:hover{text-decoration:underline}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:6px 11px;text-align:end;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{border-bottom:2px solid var(--line);color:var(--soft);font-weight:600;vertical-align:bottom}
th:first-child,td:first-child{text-align:start;padding-inline-start:2px}
tbody th{font-weight:500;max-width:32ch;overflow:hidden;text-overflow:ellipsis}
tbody tr:hover{background:var(--card)}
td small{display:block;color:var(--soft);font-size:12px;line-height:1.2}
table.matrix td{text-align:center;border:2px solid var(--bg);min-width:64px}
table.matrix thead th{text-align:center}
.verdict{text-align:start}
.verdict.shown{font-weight:600}
.verdict.none{color:var(--soft)}
.plots{display:flex;flex-wrap:wrap;gap:18px 26px;margin-top:18px}
figure{margin:0;max-width:100%}
svg{display:block;max-width:100%;height:auto;overflow:visible}
svg text{font-size:12px;fill:var(--fg)}
svg .t{fill:var(--soft)}
svg .g{stroke:var(--line);fill:none}
svg .w{stroke:currentColor;stroke-width:1.8;fill:none}
svg .l{stroke:currentColor;stroke-width:2;fill:none;stroke-linejoin:round}
svg circle{fill:currentColor}
svg .p{stroke:currentColor;stroke-linecap:round;fill:none;opacity:.72}
.c0{color:#4269d0}.c1{color:#e08a00}.c2{color:#e8543f}.c3{color:#2fa596}.c4{color:#3a9a4b}
.c5{color:#e0679e}.c6{color:#9a5cf0}.c7{color:#6fa3f0}.c8{color:#a0704f}.c9{color:#8a8f3a}.cx{color:#8b939e}
.key{display:inline-flex;align-items:center;gap:6px;margin:0 16px 4px 0;font-size:13.5px}
.key i{width:11px;height:11px;border-radius:50%;background:currentColor}
.map{position:relative;max-width:860px;margin-top:10px;background:var(--card);border-radius:8px;padding:8px}
.map svg{width:100%!important;max-height:860px}
.tip{position:absolute;pointer-events:none;background:var(--bg);border:1px solid var(--line);border-radius:5px;padding:3px 8px;font-size:13px;max-width:340px;overflow-wrap:anywhere;box-shadow:0 2px 8px #0003}
details{border:1px solid var(--line);border-radius:8px;margin:8px 0}
summary{cursor:pointer;padding:8px 14px;overflow-wrap:anywhere}
summary .id{color:var(--soft);font-size:13px}
summary .value{float:inline-end;font-size:13px;font-variant-numeric:tabular-nums;color:var(--soft);margin-inline-start:14px}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:14px 22px;padding:6px 14px 14px}
.sides ol{margin:0;padding-inline-start:22px;font-size:14px}
.sides li{margin:0 0 5px;overflow-wrap:anywhere}
.sides small{color:var(--soft)}
.grade{display:inline-block;border-radius:9px;padding:0 7px;font-size:12px;line-height:18px;margin-inline-start:6px;background:var(--line)}
.grade.good{background:#3a9a4b;color:#fff}
.grade.bad{background:#c94a3a;color:#fff}
@media print{nav{display:none}main{max-width:none;padding:0}}
)css";

// Shows the label of the point nearest to the pointer. The points are read from the paths.
inline constexpr std::string_view kReportScript = R"js(
const map=document.querySelector('.map'),svg=map.querySelector('svg'),tip=map.querySelector('.tip');
const labels=JSON.parse(document.getElementById('labels').textContent),points=[];
svg.querySelectorAll('path').forEach((path,g)=>{
  let i=0;
  for(const m of path.getAttribute('d').matchAll(/M(-?\d+) (-?\d+)/g))points.push([+m[1],+m[2],labels[g][i++]]);
});
svg.addEventListener('pointermove',e=>{
  const box=svg.getBoundingClientRect(),view=svg.viewBox.baseVal;
  const scale=Math.min(box.width/view.width,box.height/view.height);
  const x=(e.clientX-box.left-(box.width-view.width*scale)/2)/scale,y=(e.clientY-box.top-(box.height-view.height*scale)/2)/scale;
  let best=null,least=(14/scale)**2;
  for(const p of points){const d=(p[0]-x)**2+(p[1]-y)**2;if(d<least){least=d;best=p}}
  tip.hidden=!best||!best[2];
  if(tip.hidden)return;
  tip.textContent=best[2];
  const all=map.getBoundingClientRect(),right=e.clientX-all.left>all.width/2;
  tip.style.left=right?'auto':e.clientX-all.left+14+'px';
  tip.style.right=right?all.right-e.clientX+14+'px':'auto';
  tip.style.top=e.clientY-all.top+10+'px';
});
svg.addEventListener('pointerleave',()=>{tip.hidden=true});
)js";

}  // namespace kindred::eval
