function handler(event) {
  var request = event.request;
  var host = request.headers.host.value;
  if (host === 'www.DOMAIN') {
    return {
      statusCode: 301,
      statusDescription: 'Moved Permanently',
      headers: { location: { value: 'https://DOMAIN' + request.uri } }
    };
  }
  if (request.uri === '/' || /^\/(api|assets|\.well-known)\//.test(request.uri)) {
    return request;
  }
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
      'content-type': { value: 'text/plain; charset=utf-8' },
      'cache-control': { value: 'public, max-age=60' }
    },
    body: 'Not found.'
  };
}
