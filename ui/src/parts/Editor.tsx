// A text with line numbers and what muster says about its lines.
import { useId } from 'react';

import type { Finding } from '../api/client';

interface Props {
  label: string;
  text: string;
  set: (text: string) => void;
  findings: Finding[];
  read_only: boolean;
}

export function Editor({ label, text, set, findings, read_only }: Props) {
  const id = useId();
  const lines = text.split('\n').length;
  const worst = (line: number) => {
    const here = findings.filter((finding) => finding.line === line);
    if (here.length === 0) return undefined;
    return here.some((finding) => !finding.warning) ? 'bad' : 'odd';
  };
  const said = (line: number) => findings.filter((finding) => finding.line === line).map((finding) => finding.message).join('\n');
  const show = (finding: Finding) => {
    const area = document.getElementById(id) as HTMLTextAreaElement;
    const before = text.split('\n').slice(0, finding.line - 1).join('\n').length + (finding.line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(before + Math.max(0, finding.column - 1), before + Math.max(0, finding.column - 1));
  };
  return (
    <>
      {findings.length > 0 && (
        <ul aria-label="Findings">
          {findings.map((finding) => (
            <li key={`${finding.line}.${finding.column}.${finding.message}`}>
              <button type="button" className="plain" onClick={() => show(finding)}>
                {finding.warning ? 'Warning' : 'Error'} in line {finding.line}
              </button>
              {finding.message}
            </li>
          ))}
        </ul>
      )}
      <div className="editor code">
        <div className="lines" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <div key={index} className={worst(index + 1)} title={said(index + 1)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          id={id}
          aria-label={label}
          className="code"
          spellCheck={false}
          wrap="off"
          rows={lines + 1}
          readOnly={read_only}
          value={text}
          onChange={(event) => set(event.target.value)}
        />
      </div>
    </>
  );
}
