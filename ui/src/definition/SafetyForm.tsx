import { Choice, Field } from '../parts/Field';
import type { FormProps } from './source';

export function SafetyForm({ definition, edit }: FormProps) {
  const at = (name: string) => ['safety', name];
  const limit = (name: string, label: string, otherwise: string, help?: string) => (
    <Field key={name} label={label} type="number" value={definition.text_at(at(name))} placeholder={otherwise} set={(value) => edit(at(name), value || undefined)} help={`${help ? `${help} ` : ''}Empty: ${otherwise}.`} />
  );
  return (
    <div className="narrow">
      <p>Before anything is sent, muster compares what it read with the last completed run. If more would go missing or empty than this, the run is held and changes nothing until an admin approves it with a reason.</p>
      {limit('max_missing_percent', 'Missing objects, in percent', '20')}
      {limit('max_missing_objects', 'Missing objects, as a number', '100', 'A run is held when both are exceeded.')}
      {limit('max_blanked_percent', 'Objects on which the same attribute becomes empty, in percent', '20')}
      {limit('reject_limit', 'Records that cannot be used', '100', 'With more the run fails.')}
      <Choice
        label="Objects whose records cannot be used"
        value={definition.text_at(at('parked'), 'hold')}
        set={(parked) => edit(at('parked'), parked === 'hold' ? undefined : parked)}
        options={[
          ['hold', 'hold the run: Assets would take them for missing'],
          ['accept', 'may be taken for missing'],
        ]}
      />
      <Field label="At most this many records of each data set" type="number" value={definition.text_at(['record_limit'])} set={(value) => edit(['record_limit'], value || undefined)} help="For trying out. Empty: all." />
    </div>
  );
}
