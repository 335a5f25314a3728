// What an administrator may do, by buttons: there where the pump has the addresses for it. The browser asks for name and password.

import { el, say } from './element.ts';

/** Does the pump take this POST? One without administration has no such address. */
export async function isOffered(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { method: 'OPTIONS', credentials: 'omit' });
    return response.ok && /\bPOST\b/.test(response.headers.get('Allow') ?? '');
  } catch {
    return false;
  }
}

/** Undefined: it is done; else why not, in the pump's words. */
export async function act(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method: 'POST' });
    if (response.ok) return undefined;
    return (await response.text()).trim() || `The pump answered ${response.status}.`;
  } catch {
    return 'The pump does not answer.';
  }
}

/** A button that asks again before it does what cannot be undone. */
export function deed(name: string, url: string, told: HTMLElement, question?: string): HTMLButtonElement {
  const button = el('button', { type: 'button' }, name);
  const usual = () => say(button, name);
  let isAsked = false;
  const withdraw = () => {
    isAsked = false;
    usual();
  };
  button.addEventListener('blur', withdraw);
  button.addEventListener('click', () => {
    if (question !== undefined && !isAsked) {
      isAsked = true;
      return say(button, question);
    }
    withdraw();
    button.disabled = true;
    void act(url).then((trouble) => {
      button.disabled = false;
      say(told, trouble ?? `${name}: done.`);
    });
  });
  return button;
}
