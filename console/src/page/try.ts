import { start } from '../start.ts'

/** The form for a request is part of the application, which takes the place of the page. */
export async function openTrial(): Promise<void> {
  await start(() => {
    const fields = document.querySelector<HTMLElement>('.try form')
    fields?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
  })
}
