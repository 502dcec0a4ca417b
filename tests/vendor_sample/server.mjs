// The endpoint that tests/conformance/vendor_sample.rs sends to: the vendors' sample handlers, mounted as their
// documents say, under the Express major version named by the first argument. The first line of output
// is the port.

import chatbaseHandler from './chatbase.mjs'
import { webhookHandler as chatzuriHandler } from './chatzuri.mjs'

const { default: express } = await import(process.argv[2])

const app = express()
// "You can receive the payload by accessing the body same as any request": a JSON body parser is on.
app.all('/chatzuri', express.json(), chatzuriHandler)
// "Raw body is required": no parser.
app.all('/chatbase', chatbaseHandler)

const { PORT } = process.env
const server = app.listen(Number(PORT ?? 0), '127.0.0.1', () => console.log(server.address().port))

// Standard input ends with the test, however the test ends. Who chooses the port ends it by other means.
if (!PORT) process.stdin.resume().on('end', () => process.exit())
