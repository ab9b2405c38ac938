/** The filter above the list of endpoints, in the application and without it: by method, path, summary, scope and group. */
export function enhanceCallsFilter(): void {
  const field = document.querySelector<HTMLInputElement>('.calls-filter input')
  if (!field) return
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/)
    let found = 0
    for (const group of document.querySelectorAll<HTMLElement>('.calls')) {
      let foundHere = 0
      for (const call of group.querySelectorAll<HTMLElement>('[data-operation]')) {
        const parts = [
          group.ariaLabel ?? '',
          ...[...call.querySelectorAll('a > *')].map((part) => part.textContent ?? ''),
        ]
        const text = parts.join(' ').toLowerCase()
        call.hidden = !words.every((word) => text.includes(word))
        if (!call.hidden) foundHere++
      }
      group.hidden = foundHere === 0
      found += foundHere
    }
    document.querySelector('.no-calls')?.toggleAttribute('data-shown', found === 0)
  }
  field.addEventListener('input', filter)
  // A browser may have kept what was typed before the page was loaded again.
  filter()
}
