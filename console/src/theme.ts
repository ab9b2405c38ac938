import { type CSSVariablesResolver, createTheme } from '@mantine/core'
import { t } from './i18n/t.ts'

/** Text that people write, in any script: its own first letter decides its direction. */
const written = { defaultProps: { dir: 'auto' } }
/** Of a field: Mantine would set it on what is around the input. */
const typed = { input: { dir: 'auto' }, inputField: { dir: 'auto' } }
const typedIn = { defaultProps: { attributes: typed } }

/** The list itself scrolls: a wrapper would be out of reach of the keyboard. */
const suggestions = {
  attributes: typed,
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
    // In place in the document for screen readers, and without an empty tab stop.
    Menu: { defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false } },
    Select: { defaultProps: suggestions },
    Autocomplete: { defaultProps: suggestions },
    TextInput: typedIn,
    Textarea: typedIn,
    TagsInput: typedIn,
    ComboboxOption: written,
    Pill: written,
    InputDescription: written,
    // A label needs a role that can have one.
    Loader: { defaultProps: { role: 'status' } },
    // A dialog must not add a second banner landmark.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': t('Close') } } },
    // Fields are required unless marked optional, so an asterisk adds nothing.
    InputWrapper: { defaultProps: { withAsterisk: false } },
  },
})

/** Mantine's greys and reds for text fall short of the contrast that WCAG requires. */
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
