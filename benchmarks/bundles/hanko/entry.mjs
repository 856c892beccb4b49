// The sign-in form as Hanko's guide has it: its elements, registered.
import { register } from '@teamhanko/hanko-elements';

await register(location.origin);
document.querySelector('#form').append(document.createElement('hanko-auth'));
