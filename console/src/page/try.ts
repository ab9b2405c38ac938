import { startApp } from '../start-app.tsx'

/** The form for a request is part of the application, which takes the place of the page. */
export function openTrial(): void {
  startApp(() => {
    const fields = document.querySelector<HTMLElement>('.try form')
    fields?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
  })
}
