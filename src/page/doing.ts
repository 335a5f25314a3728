// What an administrator may do, by buttons: there where the pump has somebody who may. The browser asks for name and password, the
// pump decides.

import { ask } from './asking.ts';
import { el, say } from './element.ts';

export interface Deed {
  readonly name: string;
  readonly url: string;
  /** what is asked before it is done */
  readonly question?: string;
}

/** `told`: where it is said what came of it */
export function deed({ name, url, question }: Deed, told: HTMLElement): HTMLButtonElement {
  const button = el('button', { type: 'button' }, name);
  let isAsked = false;
  const withdraw = () => {
    isAsked = false;
    say(button, name);
  };
  const act = async () => {
    button.disabled = true;
    const answer = await ask(url, true, 'POST');
    button.disabled = false;
    say(told, 'why' in answer ? answer.why : `${name}: done.`);
  };
  button.addEventListener('blur', withdraw);
  button.addEventListener('keydown', ({ key }) => key === 'Escape' && withdraw());
  button.addEventListener('click', () => {
    if (question !== undefined && !isAsked) {
      isAsked = true;
      return say(button, question);
    }
    withdraw();
    void act();
  });
  return button;
}
