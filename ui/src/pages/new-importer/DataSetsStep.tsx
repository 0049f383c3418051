import { useState } from 'react';

import { Field } from '../../parts/Field';
import { type Attribute, type DataSet, type Draft, has_attribute, is_on, type Source } from './draft';

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  source: Source;
}

export function DataSetsStep({ draft, change, source }: Props) {
  const [wanted, set_wanted] = useState('');
  const fits = (text: string) => text.toLowerCase().includes(wanted.toLowerCase());
  const attributes_of = (set: DataSet): Attribute[] => [...set.attributes, ...set.references];
  const shown_of = (set: DataSet) => attributes_of(set).filter((each) => fits(set.object_type) || fits(each.title) || fits(each.name));
  return (
    <>
      <h2>What should be read from it?</h2>
      <div className="row">
        <Field label="Search" value={wanted} set={set_wanted} />
      </div>
      {source.data_sets
        .filter((set) => !wanted || shown_of(set).length > 0)
        .map((set) => (
          <div key={set.name}>
            <label className="tick">
              <input type="checkbox" checked={is_on(draft, set)} onChange={(event) => change({ sets: { ...draft.sets, [set.name]: event.target.checked } })} />
              <span>
                <b>{set.object_type}</b> <span className="quiet">{set.description} {set.slow}</span>
              </span>
            </label>
            {is_on(draft, set) && (
              <details className="set" open={wanted !== '' || undefined}>
                <summary>
                  {attributes_of(set).filter((each) => has_attribute(draft, set, each)).length} of {attributes_of(set).length} attributes of {set.object_type}
                </summary>
                {shown_of(set).map((each) => (
                  <label key={each.name} className="tick">
                    <input
                      type="checkbox"
                      disabled={each.name === set.key}
                      checked={each.name === set.key || has_attribute(draft, set, each)}
                      onChange={(event) => change({ attributes: { ...draft.attributes, [`${set.name}/${each.name}`]: event.target.checked } })}
                    />
                    <span>
                      {each.title || each.name} <span className="quiet">{'target' in each ? `leads to ${String(each.target)}` : each.type}. {each.description}</span>
                    </span>
                  </label>
                ))}
              </details>
            )}
          </div>
        ))}
    </>
  );
}
