import { type CSSVariablesResolver, createTheme } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'blue',
  // White on these is readable (4.5 : 1 and more); on Mantine's own shades it is not.
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650' },
})

/** Mantine's greys and reds for text fall short of the contrast that WCAG asks for. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#4d555e',
    '--mantine-color-placeholder': '#646b73',
    '--mantine-color-error': '#c02525',
    '--mantine-color-anchor': '#1864ab',
  },
  dark: {
    '--mantine-color-dimmed': '#b0b5ba',
    '--mantine-color-placeholder': '#9a9fa4',
    '--mantine-color-error': '#ff9c9c',
    '--mantine-color-anchor': '#74c0fc',
  },
})
