import '@mantine/core/styles.css'
import './styles.css'
import './print.css'
import { startApp } from './start-app.tsx'

startApp()
