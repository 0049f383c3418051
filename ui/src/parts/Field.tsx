import Textfield from '@atlaskit/textfield';
import { useId } from 'react';

interface Props {
  label: string;
  value: string;
  set: (value: string) => void;
  help?: string;
  type?: string;
  required?: boolean;
  autoComplete?: string;
  minLength?: number;
  pattern?: string;
  placeholder?: string;
  hides_label?: boolean; // for the eyes only
}

export function Field({ label, value, set, help, type = 'text', required, autoComplete = 'off', minLength, pattern, placeholder, hides_label }: Props) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id} className={hides_label ? 'unseen' : undefined}>
        {label}
        {required && <span className="star" aria-hidden="true"> *</span>}
      </label>
      <Textfield
        id={id}
        type={type}
        value={value}
        isRequired={required}
        autoComplete={autoComplete}
        minLength={minLength}
        pattern={pattern}
        placeholder={placeholder}
        title={pattern ? help : undefined}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(event) => set((event.target as HTMLInputElement).value)}
      />
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}

export function Choice({ label, value, set, options, help }: { label: string; value: string; set: (value: string) => void; options: readonly (readonly [string, string])[]; help?: string }) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="field" value={value} onChange={(event) => set(event.target.value)} aria-describedby={help ? `${id}-help` : undefined}>
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}
