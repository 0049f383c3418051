import { useId } from 'react';

import { Fold } from '../parts/Fold';
import { Field } from '../parts/Field';
import { Preview } from './Preview';
import { type DataSet, type FormProps, has, is_on, is_reference, members_of } from './source';

const EXAMPLES = [
  ['department == "Sales"', 'equal; != is the other way round, ==~ and !=~ ignore case'],
  ['exists(mail)', 'it has a value; not exists(mail): it has none'],
  ['displayName contains "test"', 'also starts_with, ends_with, and matches with a regular expression'],
  ['country in ["DE", "AT", "CH"]', 'one of several'],
  ['createdDateTime >= "2024-01-01"', 'dates and numbers are compared as such'],
  ['department == "IT" and (exists(mail) or age > 18)', 'together'],
] as const;

function Help({ form, set }: { form: FormProps; set: DataSet }) {
  return (
    <Fold title="How to write a condition">
      <ul className="plain-list">
        {EXAMPLES.map(([example, meaning]) => (
          <li key={example}>
            <code>{example}</code> <span className="quiet">{meaning}</span>
          </li>
        ))}
      </ul>
      <p className="quiet">
        On the left stands where the source has it:{' '}
        {members_of(set)
          .filter((each) => !is_reference(each) && has(form.definition, set, each))
          .map((each) => each.path ?? each.name)
          .join(', ')}
      </p>
    </Fold>
  );
}

function OfDataSet({ form, set }: { form: FormProps; set: DataSet }) {
  const { definition, edit } = form;
  const id = useId();
  const at = (name: string) => ['data_sets', set.name, name];
  const put = (name: string) => (value: string) => edit(at(name), value || undefined);
  const is_filtered = ['filter', 'where', 'limit'].some((name) => definition.get(at(name)) !== undefined);
  return (
    <Fold title={
        <>
          <b>{set.object_type}</b> <span className="quiet">{is_filtered ? 'filtered' : 'everything'}</span>
        </>
      }
      is_open={is_filtered}>
      <div className="labelled">
        <label htmlFor={id}>Only records for which this holds</label>
        <textarea id={id} className="field code" rows={2} spellCheck={false} value={definition.text_at(at('where'))} onChange={(event) => put('where')(event.target.value)} aria-describedby={`${id}-help`} />
        <p id={`${id}-help`} className="help">
          A condition on any attribute; muster looks at each record that it has read.
        </p>
      </div>
      <Help form={form} set={set} />
      <Field label={`Filter in the language of ${form.source.title}`} value={definition.text_at(at('filter'))} set={put('filter')} help="The source itself leaves the other records out, which is quicker. Such as: accountEnabled eq true" />
      {!set.rows_of && <Field label="At most so many records" type="number" value={definition.text_at(at('limit'))} set={put('limit')} help="For trying out; such a run is a limited one. Empty: all." />}
      <Preview form={form} set={set} wants="counts" />
    </Fold>
  );
}

export const FiltersForm = (form: FormProps) => (
  <>
    {form.source.data_sets
      .filter((set) => is_on(form.definition, set))
      .map((set) => (
        <OfDataSet key={set.name} form={form} set={set} />
      ))}
  </>
);
