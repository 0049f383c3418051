// A browser at the console, for whoever acts there: what it is to be told comes in the first line of standard input; every
// fault of a page is kept and told at the end.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

export const ui = new URL('../../ui/', import.meta.url);
const require = createRequire(new URL('package.json', ui));
const { chromium } = require('playwright-core');
const { AxeBuilder } = require('@axe-core/playwright');

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export const given = JSON.parse((await lines.next()).value);
export const origin = new URL(given.link).origin;
export const PASSWORD = 'correct horse battery';
if (given.screenshots) mkdirSync(given.screenshots, { recursive: true });

const browser = await chromium.launch({ executablePath: given.browser, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
export const page = await context.newPage();
page.setDefaultTimeout(30_000);
export const faults = [];
page.on('pageerror', (error) => faults.push(String(error)));
page.on('console', (message) => {
  // What is refused is a line there, too; `given.refusals` says which are meant.
  if (message.type() !== 'error' || /status of 4\d\d/.test(message.text()) || (given.refusals && new RegExp(given.refusals).test(message.text()))) return;
  faults.push(message.text());
});
page.on('request', (request) => {
  if (![origin, given.elsewhere].includes(new URL(request.url()).origin) && !request.url().startsWith('data:')) faults.push(`asked for ${request.url()}`);
});

// Answers that are late, each by another time, show what only works while the service is quick.
if (given.late_ms) {
  await page.route('**/api/**', async (route) => {
    await new Promise((go) => setTimeout(go, Math.random() * given.late_ms));
    await route.continue().catch(() => {});
  });
}

export const head = (name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
export const press = (name) => page.getByRole('button', { name, exact: true }).first().click();
export const settled = () => page.waitForFunction(() => !document.querySelector('.waiting'));
export const step = async (name, act) => {
  try {
    await act();
    console.log(`ok ${name}`);
  } catch (error) {
    if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/failed.png`, fullPage: true }).catch(() => {});
    console.log(`not ok ${name}, at ${page.url()}\n${await page.locator('body').innerText().catch(() => '')}`);
    throw error;
  }
};

// Whoever started this does something beside the browser, and says when it is done.
export async function outside(what) {
  console.log(`? ${what}`);
  assert.equal((await lines.next()).value, 'done', `${what} was not done`);
}

// No violation of axe, nothing wider than the window, at every width and in both colours, and the exact time at every time.
// All are told at the end.
export async function inspect(name) {
  await settled();
  if (given.quick) return;
  await page.evaluate(() => window.scrollTo(0, 0));
  const inexact = await page.evaluate(() => [...document.querySelectorAll('time')].filter(({ title, dateTime }) => !dateTime || !title.includes(dateTime)).map(({ outerHTML }) => outerHTML));
  if (inexact.length > 0) faults.push(`${name}: times without the exact one: ${inexact[0]}`);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.waitForFunction((wanted) => document.documentElement.dataset.colorMode === wanted, scheme);
    // A colour on its way from one scheme to the other is nobody's colour.
    await page.waitForFunction(() => !document.getAnimations().some((running) => running instanceof CSSTransition && running.playState === 'running'));
    for (const width of scheme === 'light' ? [1000, 1900, 400] : [1000]) {
      await page.setViewportSize({ width, height: 800 });
      if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/${name}-${scheme}-${width}.png`, fullPage: true });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      const hidden = await page.getByRole('alert').evaluateAll((news) => news.map((each) => each.getBoundingClientRect()).filter(({ left, right }) => left < 0 || right > window.innerWidth).length);
      if (hidden > 0) faults.push(`${name}: news that nobody sees in a window of ${width}`);
      if (over > 0) faults.push(`${name} is ${over} pixels wider than a window of ${width}`);
    }
    await page.setViewportSize({ width: 1000, height: 800 });
    const axe = new AxeBuilder({ page });
    // Colours are all that differs.
    if (scheme === 'dark') axe.withRules(['color-contrast']);
    const { violations } = await axe.analyze();
    for (const { id, nodes } of violations) faults.push(`${name}, ${scheme}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).slice(0, 3).join(' | ')}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

// Every column that says something about its row sorts, both ways. The tables that were tried, by label.
export const sorted_tables = new Set();
const ACTS = ['Act', 'Look', 'Details'];
export async function sort_tables() {
  await settled();
  for (const table of await page.locator('main table').all()) {
    const label = await table.getAttribute('aria-label');
    for (const header of await table.locator('thead th').all()) {
      const name = (await header.innerText()).replace(/ [↓↑]$/, '');
      if (ACTS.includes(name)) continue;
      const button = header.getByRole('button');
      assert.equal(await button.count(), 1, `${name} of the table ${label} does not sort`);
      const place = await header.evaluate((cell) => cell.cellIndex);
      const cells = () => table.locator(`tbody tr:not(.space) td:nth-child(${place + 1})`).allInnerTexts();
      await button.click();
      assert.equal(await header.getAttribute('aria-sort'), 'ascending', `${name} of ${label}`);
      const up = await cells();
      await button.click();
      assert.equal(await header.getAttribute('aria-sort'), 'descending', `${name} of ${label}`);
      const down = await cells();
      if (new Set(up).size > 1) assert.notDeepEqual(down, up, `${name} of ${label} stays as it was`);
    }
    sorted_tables.add(label);
  }
}

export async function sign_in(name) {
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Sign in');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

// First start: whoever has the link becomes the operator.
export async function become_operator(name) {
  await page.goto(given.link);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Make the operator');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

// What an admin may not do must be refused by the service, whatever the page shows.
export const refused = (method, path, body) =>
  page.evaluate(
    async ([verb, address, text]) => {
      const { csrf_token } = await (await fetch('/api/v1/me')).json();
      const answer = await fetch(address, { method: verb, headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token }, body: text });
      return answer.status;
    },
    [method, path, body && JSON.stringify(body)],
  );

// `act` is all that is done; ends the program with 1 at the first thing that is wrong.
export async function through(act) {
  try {
    await act();
    assert.deepEqual(faults, [], 'the pages complained');
  } catch (error) {
    console.log(String(error), faults);
    process.exitCode = 1;
  } finally {
    await browser.close();
    await lines.return?.();
    process.stdin.destroy();
  }
}
