/** The navigation on narrow screens. */
export function enhanceMenu(): void {
  const burger = document.querySelector<HTMLElement>('.mantine-Burger-root')
  const navbar = document.querySelector<HTMLElement>('.mantine-AppShell-navbar')
  const lines = burger?.querySelector('.mantine-Burger-burger')
  if (!burger || !navbar) return
  const set = (isOpen: boolean) => {
    navbar.toggleAttribute('data-open', isOpen)
    lines?.toggleAttribute('data-opened', isOpen)
    burger.setAttribute('aria-expanded', String(isOpen))
    burger.setAttribute('aria-label', isOpen ? 'Close the menu' : 'Open the menu')
  }
  burger.addEventListener('click', () => set(!navbar.hasAttribute('data-open')))
  // Choosing a place on the same page closes it, too.
  navbar.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('a')) set(false)
  })
}
