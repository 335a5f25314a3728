// A table of rows of words, filled anew as they change.

import { el, say } from './element.ts';

export interface Table {
  readonly node: HTMLElement;
  fill(rows: readonly (readonly (string | Node)[])[]): void;
}

/** `numbers`: the columns that are numbers, counted from 0 */
export function table(name: string, columns: readonly string[], numbers: readonly number[] = []): Table {
  const kind = (n: number): Record<string, string> => (numbers.includes(n) ? { class: 'number' } : {});
  const heads = columns.map((title, n) => el('th', { scope: 'col', ...kind(n) }, title || unnamed()));
  const body = el('tbody');
  const made = el('table', {}, el('caption', { class: 'unseen' }, name), el('thead', {}, el('tr', {}, ...heads)), body);
  return {
    // It scrolls by itself on narrow screens, by keyboard too.
    node: el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': name }, made),
    fill(rows) {
      while (body.rows.length > rows.length) body.deleteRow(-1);
      for (const [at, cells] of rows.entries()) {
        const line = body.rows[at] ?? body.insertRow();
        while (line.cells.length < cells.length) line.append(el('td', kind(line.cells.length)));
        for (const [n, content] of cells.entries()) fillCell(line.cells[n], content);
      }
    },
  };
}

/** A column of buttons, which say themselves what they are. */
const unnamed = () => el('span', { class: 'unseen' }, 'What may be done');

function fillCell(cell: Element | undefined, content: string | Node): void {
  if (!cell) return;
  if (typeof content === 'string') say(cell, content);
  else if (cell.firstChild !== content) cell.replaceChildren(content);
}
