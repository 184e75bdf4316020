import { LRUCache } from "/tmp/wt/loading/packages/lru/dist/index.js";
import pMemoize from "p-memoize";
const mk = { heap: () => { const c = new LRUCache({ max: 1000, load: async (k) => { await null; return k.length } }); return k => c.getOrLoad(k) },
 pm: () => pMemoize(async k => { await null; return k.length }, { cache: new Map() }), 
 map: () => { const m = new Map(); return k => { let p = m.get(k); if (!p) m.set(k, p = (async () => { await null; return k.length })()); return p } } };
const res = {};
for (let r = 0; r < 60; r++) for (const n of Object.keys(mk)) {
  const f = mk[n](); const keys = Array.from({length: 2000}, (_, i) => "round" + r + "key" + Math.floor(i/50));
  const t = performance.now(); const ps = new Array(2000); for (let i = 0; i < 2000; i++) ps[i] = f(keys[i]); const t2 = performance.now(); await Promise.all(ps);
  (res[n] ??= []).push((t2 - t) * 1e6 / 2000);
}
for (const n in res) { const s = res[n].slice(20).sort((a,b)=>a-b); console.log(n, s[s.length>>1].toFixed(0), "ns/call sync part") }
