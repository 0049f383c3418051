import { useId, useMemo, useState } from 'react';

import { call } from '../api/client';
import { Fold } from '../parts/Fold';
import { Loaded } from '../parts/Loaded';
import { useLoad } from '../parts/load';
import { type GraphType, HEAD, lay_out, LINE, path_of, WIDTH } from './graph';

const MOST_LETTERS = 25; // of a line, with what is written at its end
const short = (text: string, most = MOST_LETTERS - 5) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function Drawing({ types }: { types: GraphType[] }) {
  const id = useId().replaceAll(':', '');
  const [looked_at, look_at] = useState('');
  const { boxes, arrows, width, height } = useMemo(() => lay_out(types), [types]);
  const is_near = (name: string) => looked_at === '' || looked_at === name;
  return (
    <div className="graph" role="region" aria-label="Schema graph" tabIndex={0}>
      <svg width={width} height={height} role="img" aria-label={`${boxes.length} object types and ${arrows.length} kinds of references between them; the list below says the same in words.`}>
        <defs>
          <marker id={`${id}-tip`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0 L8 4 L0 8 z" className="tip" />
          </marker>
        </defs>
        {arrows.map((arrow) => (
          <path key={`${arrow.from.name}>${arrow.to.importer}${arrow.to.name}`} d={path_of(arrow)} className={is_near(arrow.from.name) || is_near(arrow.to.name) ? 'arrow' : 'arrow far'} markerEnd={`url(#${id}-tip)`}>
            <title>{`${arrow.from.name}: ${arrow.names.join(', ')} → ${arrow.to.name}`}</title>
          </path>
        ))}
        {boxes.map((box) => (
          <g key={box.importer + box.name} transform={`translate(${box.x} ${box.y})`} onMouseEnter={() => look_at(box.name)} onMouseLeave={() => look_at('')}>
            <rect width={WIDTH} height={box.height} rx="6" className={box.importer ? 'box foreign' : 'box'} />
            <text x="12" y="21" className="box-title">
              {short(box.name)}
            </text>
            {box.importer && (
              <text x="12" y={HEAD + 8} className="box-line">
                of importer {short(box.importer)}
              </text>
            )}
            {box.lines.length > 0 && <line x1="0" x2={WIDTH} y1={HEAD} y2={HEAD} className="rule" />}
            {box.lines.map((line, index) => (
              <g key={line.text}>
                <text x="12" y={HEAD + LINE * (index + 1) - 4} className="box-line">
                  {short(line.text, MOST_LETTERS - Math.ceil(line.note.length * 0.9))}
                </text>
                <text x={WIDTH - 12} y={HEAD + LINE * (index + 1) - 4} textAnchor="end" className="box-note">
                  {line.note}
                </text>
              </g>
            ))}
            {box.more > 0 && (
              <text x="12" y={HEAD + LINE * (box.lines.length + 1) - 4} className="box-note">
                and {box.more} more
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

// What a definition makes in Assets.
export function Graph({ text }: { text: string }) {
  const load = useLoad((signal) => call<{ types: GraphType[] }>('POST /api/v1/graph', {}, { body: { definition: text }, signal }), [text]);
  return (
    <Loaded load={load}>
      {({ types }) => (
        <>
          <Drawing types={types} />
          <Fold title="The same in words">
            {types.map((type) => (
              <section key={type.name}>
                <h3>{type.name}</h3>
                <p className="quiet">{type.description}</p>
                <ul>
                  {type.attributes.map((each) => (
                    <li key={each.name}>
                      {each.name}{' '}
                      <span className="quiet">
                        {each.target ? `→ ${each.target}${each.many ? ', several' : ''}` : each.type}
                        {each.key ? ', key' : ''}
                        {each.label ? ', label' : ''}
                      </span>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </Fold>
        </>
      )}
    </Loaded>
  );
}
