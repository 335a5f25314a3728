// An address or a line to be copied, with a button that does it. Without TLS browsers give pages no clipboard: then the text is
// selected, ready to be copied by hand.

import { el, say } from './element.ts';

const TOLD_MS = 2000;

export function copying(text: string, what: string): HTMLElement {
  const code = el('code', {}, text);
  const button = el('button', { type: 'button', 'aria-label': `Copy ${what}` }, 'Copy');
  const told = el('span', { class: 'unseen', role: 'status' });
  const act = async () => {
    const isCopied = await copy(code);
    say(button, isCopied ? 'Copied' : 'Selected');
    say(told, isCopied ? 'Copied' : 'Selected: copy it with the keyboard');
    setTimeout(() => say(button, 'Copy'), TOLD_MS);
  };
  button.addEventListener('click', () => void act());
  return el('div', { class: 'copying' }, code, button, told);
}

async function copy(code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return false;
  }
}
