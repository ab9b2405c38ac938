import { copyText } from '../parts/copy-text.ts'
import { choose, chooseByKey } from './sample-tabs.ts'

const shownMs = 2_000

/** Copies the code beside the button. @returns whether a copy button was clicked */
export function copyOnClick(target: Element): boolean {
  const button = target.closest<HTMLButtonElement>('button.copy')
  if (button) void copyFrom(button)
  return button !== null
}

/** Opens the sample of the tab. @returns whether a tab was clicked */
export function tabOnClick(target: Element, guide: Element): boolean {
  const tab = tabOf(target)
  if (tab) choose(tab, guide)
  return tab !== null
}

/** @returns whether the key moved to another tab */
export function tabOnKey(key: string, target: EventTarget | null, guide: Element): boolean {
  const tab = target instanceof Element ? tabOf(target) : null
  return tab !== null && chooseByKey(key, tab, guide)
}

function tabOf(target: Element): HTMLElement | null {
  return target.closest<HTMLElement>('[role=tab]')
}

async function copyFrom(button: HTMLButtonElement): Promise<void> {
  await copyText(button.parentElement?.querySelector('pre')?.textContent ?? '')
  say(button, 'Copied')
  setTimeout(() => say(button, 'Copy'), shownMs)
}

/** The icon follows the label. */
function say(button: HTMLButtonElement, label: 'Copy' | 'Copied'): void {
  button.setAttribute('aria-label', label)
  button.title = label
}
