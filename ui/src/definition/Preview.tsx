// The first records of a data set, read now: how many fit, and what they become. Nothing is kept.
import Button from '@atlaskit/button/new';
import SectionMessage from '@atlaskit/section-message';
import { useState } from 'react';

import { call, Problem } from '../api/client';
import { Refused } from '../parts/Loaded';
import { Words } from '../parts/Words';
import type { DataSet, FormProps } from './source';

interface Answer {
  state: string;
  message: string;
  total: number;
  fetched: number;
  filtered: number;
  rejected: number;
  formatted: number;
  whole: boolean;
  objects: { attribute: string; value: string }[][];
}

const number = new Intl.NumberFormat('en');

function words_of({ total, fetched, filtered, rejected, formatted, whole }: Answer) {
  const read = whole ? `There ${fetched === 1 ? 'is 1 record' : `are ${number.format(fetched)} records`}` : `The first ${number.format(fetched)} records were read`;
  const of_all = !whole && total > 0 ? `; the source says that there are ${number.format(total)}` : '';
  const parked = rejected > 0 ? `, ${number.format(rejected)} cannot be used` : '';
  return `${read}${of_all}. ${filtered === 0 && rejected === 0 ? 'All of them fit' : `${number.format(formatted)} of them fit${parked}`}.`;
}

export function Preview({ form, set, wants }: { form: FormProps; set: DataSet; wants: 'counts' | 'objects' }) {
  const [answer, set_answer] = useState<Answer | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const look = async () => {
    set_busy(true);
    set_problem(null);
    set_answer(null);
    try {
      const { site, importer, definition } = form;
      set_answer(
        await call<Answer>('POST /api/v1/sites/{site}/importers/{importer}/preview', { site, importer }, { body: { definition: definition.text, data_set: set.name, records: wants === 'counts' ? 500 : 3 } }),
      );
    } catch (error) {
      set_problem(error as Problem);
    }
    set_busy(false);
  };
  const failed = answer && !answer.state.startsWith('completed');
  return (
    <div className="preview">
      <Button spacing="compact" onClick={look} isLoading={busy}>
        {wants === 'counts' ? `Count ${set.object_type}` : `Show one ${set.object_type}`}
      </Button>
      <div aria-live="polite">
        {problem && <Refused problem={problem} />}
        {failed && (
          <SectionMessage appearance="warning" title="It could not be read">
            <p>
              <Words of={answer.message} />
            </p>
          </SectionMessage>
        )}
        {answer && !failed && wants === 'counts' && <p>{words_of(answer)}</p>}
        {answer && !failed && wants === 'objects' && !answer.objects[0] && <p>No record that fits was among the first.</p>}
        {answer && !failed && wants === 'objects' && answer.objects[0] && (
          <>
            <p className="quiet">One real record as Assets would get it. It is shown here only and is gone when you leave this page.</p>
            <dl className="values">
              {answer.objects[0].map(({ attribute, value }) => (
                <div key={attribute}>
                  <dt>{attribute}</dt>
                  <dd>{value || <span className="quiet">empty</span>}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
      </div>
    </div>
  );
}
