import { type CSSVariablesResolver, createTheme } from '@mantine/core'

/** The list itself scrolls: another element around it would be one that the keyboard cannot reach. */
const suggestions = {
  withScrollArea: false,
  comboboxProps: { withinPortal: false },
  classNames: { options: 'suggestions' },
}

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
  components: {
    // Where they belong in the page, for those who hear it, and without a stop that is nothing.
    Menu: { defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false } },
    Select: { defaultProps: suggestions },
    Autocomplete: { defaultProps: suggestions },
    // A label needs a role that can have one.
    Loader: { defaultProps: { role: 'status' } },
    // A dialog has no second banner of the site.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // Where everything is required but what says otherwise, an asterisk says nothing.
    InputWrapper: { defaultProps: { withAsterisk: false } },
  },
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
