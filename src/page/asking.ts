// Asking the pump for what its events do not tell, again and again while somebody looks.

/** What changes slowly is asked for as often. */
const AGAIN_MS = 2000;

/** An answer, or why there was none, in the pump's words. */
export type Answer = { readonly body: unknown } | { readonly why: string; readonly wantsName: boolean };

/** `withName`: the browser may ask for name and password. */
export async function ask(url: string, withName = false, method = 'GET'): Promise<Answer> {
  try {
    const response = await fetch(url, { method, credentials: withName ? 'same-origin' : 'omit' });
    if (response.ok) return { body: await response.json() };
    const line = (await response.text()).trim();
    return { why: line || `The pump answered ${response.status}.`, wantsName: response.status === 401 };
  } catch {
    return { why: 'The pump does not answer.', wantsName: false };
  }
}

/** Calls at once and then again and again, never twice at a time and not in a tab that nobody sees; what it returns ends it. */
export function again(call: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const once = async () => {
    if (!document.hidden) await call();
    if (!isOver) timer = setTimeout(() => void once(), AGAIN_MS);
  };
  void once();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
