// Making elements, and changing what they say only where that differs: what is the same costs the browser nothing.

type Child = Node | string | undefined;

export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function say(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** An address or a path: it is broken after slashes rather than in words. */
export function sayPlace(node: Element, text: string): void {
  if (node.textContent === text) return;
  const parts = text.split(/(?<=[^/]\/)(?=[^/])/);
  node.replaceChildren(...parts.flatMap((part) => [part, document.createElement('wbr')]));
}

export function mark(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Shown or not. */
export function show(node: HTMLElement, isShown: boolean): void {
  if (node.hidden === isShown) node.hidden = !isShown;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new TypeError(`index.html has no #${id}`);
  return found;
}
