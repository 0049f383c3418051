import type { Job } from '../api/types';

const number = new Intl.NumberFormat('en');

export function Live({ job }: { job: Job }) {
  const progress = job.progress;
  return (
    <section aria-label="Progress" aria-live="off">
      <h2>
        {job.cancelled ? 'Being cancelled' : job.state !== 'running' ? 'Waits for a free worker' : progress ? `Now: ${progress.phase}` : 'Begins'}
      </h2>
      {progress?.waiting && <p>{progress.waiting}</p>}
      {progress && progress.data_sets.length > 0 && (
        <div className="table" role="region" aria-label="Progress by data set" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Data set</th>
                <th scope="col" className="number">Pages</th>
                <th scope="col" className="number">Records</th>
                <th scope="col">Done</th>
              </tr>
            </thead>
            <tbody>
              {progress.data_sets.map((set) => (
                <tr key={set.name}>
                  <td>{set.name}</td>
                  <td className="number">{number.format(set.pages)}</td>
                  <td className="number">
                    {number.format(set.fetched)}
                    {set.total ? ` of ${number.format(set.total)}` : ''}
                  </td>
                  <td>{set.done ? 'yes' : 'not yet'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
