// Recent runs as bars, the oldest first: how many objects, and how long.
import type { RunRow } from '../../api/types';
import { lasted, shortly } from '../../parts/Time';

const MOST = 40;
const HEIGHT = 88;
const BAR = 10;
const STEP = 14;

const number = new Intl.NumberFormat('en');
const duration_of = (run: RunRow) => (run.ended ? Math.max(0, Date.parse(run.ended) - Date.parse(run.started)) : 0);

interface BarsProps {
  site: string;
  runs: RunRow[];
  title: string;
  value: (run: RunRow) => number;
  words: (run: RunRow) => string;
  scale: (most: number) => string;
}

function Bars({ site, runs, title, value, words, scale }: BarsProps) {
  const most = Math.max(1, ...runs.map(value));
  return (
    <figure className="chart">
      <figcaption>
        {title} <span className="quiet">up to {scale(most)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${MOST * STEP} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="xMinYMid meet">
        <line x1="0" x2={MOST * STEP} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="axis" />
        {runs.map((run, index) => {
          const height = Math.max(3, ((HEIGHT - 4) * value(run)) / most);
          const said = `${shortly(run.started)}: ${words(run)}, ${run.state.replaceAll('_', ' ')}`;
          return (
            <a key={run.run_id} href={`/sites/${encodeURIComponent(site)}/runs/${run.run_id}`} aria-label={said}>
              <title>{said}</title>
              <rect x={index * STEP} y="0" width={STEP} height={HEIGHT} className="touch" />
              <rect x={index * STEP + 2} y={HEIGHT - height} width={BAR} height={height} rx="2" className={`run ${run.state}`} />
            </a>
          );
        })}
      </svg>
    </figure>
  );
}

export function RunChart({ site, runs }: { site: string; runs: RunRow[] }) {
  const shown = runs.slice(0, MOST).reverse();
  if (shown.length < 2) return null;
  return (
    <div className="charts">
      <Bars site={site} runs={shown} title="Objects" value={(run) => run.objects} words={(run) => `${number.format(run.objects)} objects`} scale={(most) => number.format(most)} />
      <Bars site={site} runs={shown} title="Duration" value={duration_of} words={(run) => lasted(run.started, run.ended)} scale={(most) => lasted(new Date(0).toISOString(), new Date(most).toISOString())} />
    </div>
  );
}
