// The sign-in form as Supabase's guide has it: its client, and the Auth UI for React.
import { createClient } from '@supabase/supabase-js';
import { Auth } from '@supabase/auth-ui-react';
import { ThemeSupa } from '@supabase/auth-ui-shared';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const supabaseClient = createClient(location.origin, 'nobody');
const form = createElement(Auth, { supabaseClient, appearance: { theme: ThemeSupa }, providers: [] });
createRoot(document.querySelector('#form')).render(form);
