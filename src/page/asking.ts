// Asking the pump for what its events do not tell, again and again while somebody looks.

/** What changes slowly is asked for as often. */
const AGAIN_MS = 2000;

/** An answer, or the status that there was instead; 0: none at all. */
export type Answer = { readonly body: unknown } | { readonly status: number };

/** `withName`: the browser may ask for name and password. */
export async function ask(url: string, withName: boolean): Promise<Answer> {
  try {
    const response = await fetch(url, { credentials: withName ? 'same-origin' : 'omit' });
    return response.ok ? { body: await response.json() } : { status: response.status };
  } catch {
    return { status: 0 };
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
