import { type RefObject, useEffect, useRef } from 'react'

const fields =
  'input:not([type="hidden"], [hidden], :disabled), select:not(:disabled), textarea:not(:disabled)'

/** Moves the focus to the first field of an element when it is first shown, on a page and in a dialog. */
export function useFirstField<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null)
  useEffect(() => {
    const first = element.current && firstField(element.current)
    if (!first) return
    // Mantine's dialogs move the focus a moment later: to the element with this attribute, else to their Close button.
    first.setAttribute('data-autofocus', 'true')
    // A reader who has already moved on stays there.
    const { activeElement } = document
    if (activeElement === document.body || activeElement?.id === 'main') first.focus({ preventScroll: true })
  }, [])
  return element
}

/** In a group of radio buttons, the selected one. */
function firstField(element: HTMLElement): HTMLElement | null {
  const marked = element.querySelector<HTMLElement>('[data-autofocus]')
  if (marked) return marked
  const first = [...element.querySelectorAll<HTMLInputElement>(fields)].find((field) =>
    field.checkVisibility(),
  )
  if (first?.type !== 'radio') return first ?? null
  return element.querySelector<HTMLElement>(`[name="${CSS.escape(first.name)}"]:checked`) ?? first
}
