/** Below what was clicked. */
export function sayNotLoaded(clicked: HTMLElement): void {
  if (document.querySelector('.not-loaded')) return
  const text = document.createElement('p')
  text.className = 'not-loaded quiet'
  text.setAttribute('role', 'status')
  text.textContent = 'This part of the page could not be loaded. Reload the page to try again.'
  clicked.after(text)
}
