var TAGS = LANGUAGES;
// An answer of this function is not one of the site, whose headers it would have.
var HEADERS = {
  'content-security-policy': { value: "default-src 'none'; base-uri 'none'; frame-ancestors 'none'" },
  'strict-transport-security': { value: 'max-age=31536000; includeSubDomains' },
  'x-content-type-options': { value: 'nosniff' }
};

function handler(event) {
  var request = event.request;
  var host = request.headers.host.value;
  if (host === 'www.DOMAIN') {
    return answer(301, 'Moved Permanently', {
      location: { value: 'https://DOMAIN' + request.uri }
    });
  }
  if (request.uri === '/') {
    request.uri = page(request);
    return request;
  }
  if (request.uri === '/.well-known/change-password') {
    return answer(302, 'Found', {
      location: { value: '/#security' },
      'cache-control': { value: 'no-store' }
    });
  }
  if (request.uri === '/client.js' || /^\/(api|assets|\.well-known)\//.test(request.uri)) {
    return request;
  }
  return Object.assign(
    answer(404, 'Not Found', {
      'content-type': { value: 'text/plain; charset=utf-8' },
      'cache-control': { value: 'public, max-age=60' }
    }),
    { body: 'Not found.' }
  );
}

function answer(status, description, headers) {
  return {
    statusCode: status,
    statusDescription: description,
    headers: Object.assign({}, HEADERS, headers)
  };
}

// The page in the language that was chosen before, else in one that the browser asks for.
function page(request) {
  var cookie = request.cookies && request.cookies['__Host-language'];
  var header = request.headers['accept-language'];
  var wanted = (cookie ? [cookie.value] : []).concat(header ? ranked(header.value) : []);
  for (var i = 0; i < wanted.length; i++) {
    var tag = known(wanted[i]);
    if (tag) {
      return '/index.' + tag + '.html';
    }
  }
  return '/';
}

// The tags of Accept-Language, the most wanted first.
function ranked(header) {
  return header
    .split(',')
    .map(function (part, place) {
      var quality = /;\s*q=([0-9.]+)/.exec(part);
      return { tag: part.split(';')[0].trim(), quality: quality ? Number(quality[1]) : 1, place: place };
    })
    .filter(function (range) { return range.quality > 0; })
    .sort(function (a, b) { return b.quality - a.quality || a.place - b.place; })
    .map(function (range) { return range.tag; });
}

// The tag itself, or what is left of it when a region falls away: de-AT is content with de.
function known(wanted) {
  var parts = wanted.toLowerCase().split('-');
  for (; parts.length; parts.pop()) {
    for (var i = 0; i < TAGS.length; i++) {
      if (TAGS[i].toLowerCase() === parts.join('-')) {
        return TAGS[i];
      }
    }
  }
  return null;
}
