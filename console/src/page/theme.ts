import { readText, storeText } from '../parts/stored.ts'

/** Where Mantine keeps the choice; `theme-early.js` reads it before the page is drawn. */
const key = 'mantine-color-scheme-value'
const root = document.documentElement

type Scheme = 'light' | 'dark'

export function enhanceTheme(): void {
  const button = document.querySelector<HTMLElement>('.theme-switch')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const say = () => button?.setAttribute('aria-label', `Switch to the ${other()} theme`)
  button?.addEventListener('click', () => {
    storeText(key, other())
    root.dataset.mantineColorScheme = other()
    say()
  })
  dark.addEventListener('change', () => {
    if (readText(key) === null) root.dataset.mantineColorScheme = dark.matches ? 'dark' : 'light'
    say()
  })
  say()
}

function other(): Scheme {
  return root.dataset.mantineColorScheme === 'dark' ? 'light' : 'dark'
}
