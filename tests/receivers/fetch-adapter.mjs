// Serves a module whose handlers take a Request and give a Response on Node's own HTTP server, because
// tests/conformance/receivers.rs asks such handlers without installing a framework: `export default { fetch }`, or one
// export for each method, where those that are missing are answered as Next.js answers them.

import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

const module = await import(pathToFileURL(process.argv[2]))

function answer(request) {
  if (module.default?.fetch) return module.default.fetch(request)
  const handler = module[request.method]
  return handler ? handler(request) : new Response(null, { status: 405 })
}

function asRequest(req) {
  const headers = new Headers()
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i], req.rawHeaders[i + 1])
  const hasBody = req.method !== 'GET' && req.method !== 'HEAD'
  return new Request(new URL(req.url, 'http://127.0.0.1'), {
    method: req.method,
    headers,
    body: hasBody ? asStream(req) : undefined,
    duplex: 'half',
  })
}

function asStream(req) {
  // Not destroyed by a handler that stops reading: its answer has to go out on the same connection.
  const chunks = req.iterator({ destroyOnReturn: false })
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel() {
      req.resume()
    },
  })
}

const server = createServer(async (req, res) => {
  try {
    const response = await answer(asRequest(req))
    const body = Buffer.from(await response.arrayBuffer())
    res.writeHead(response.status, Object.fromEntries(response.headers)).end(body)
  } catch (error) {
    // A handler that throws is a 500 on every platform; a sender that has gone away gets nothing.
    if (!req.destroyed && !res.headersSent) console.error(error)
    if (!res.headersSent) res.writeHead(500)
    res.end()
  }
})

server.listen(Number(process.env.PORT), '127.0.0.1')
