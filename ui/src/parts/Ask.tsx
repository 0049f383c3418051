// Asks before something is done; with `word`, it has to be typed; with `wants_why`, a reason.
import Button from '@atlaskit/button/new';
import Modal, { ModalBody, ModalFooter, ModalHeader, ModalTitle, ModalTransition } from '@atlaskit/modal-dialog';
import { type ReactNode, useState } from 'react';

import { Field } from './Field';
import { complain } from './flags';

interface Props {
  open: string; // what the button says that opens it
  title: string;
  children?: ReactNode;
  act: (why: string) => Promise<unknown>;
  done: string;
  word?: string;
  wants_why?: boolean;
  danger?: boolean;
  primary?: boolean;
  small?: boolean; // in a table
}

export function Ask({ open, title, children, act, done, word, wants_why, danger, primary, small }: Props) {
  const [is_open, set_open] = useState(false);
  const [text, set_text] = useState('');
  const [busy, set_busy] = useState(false);
  const ready = word ? text === word : !wants_why || text.trim() !== '';
  const close = () => {
    set_open(false);
    set_text('');
  };
  const go_on = async () => {
    set_busy(true);
    try {
      await act(text.trim());
      close();
    } catch (error) {
      complain(error);
    }
    set_busy(false);
  };
  return (
    <>
      <Button appearance={primary ? 'primary' : 'default'} spacing={small ? 'compact' : 'default'} onClick={() => set_open(true)}>
        {open}
      </Button>
      <ModalTransition>
        {is_open && (
          <Modal onClose={close} width="small">
            <ModalHeader hasCloseButton>
              <ModalTitle>{title}</ModalTitle>
            </ModalHeader>
            <ModalBody>
              {children}
              {word && <Field label={`Type ${word} to confirm`} value={text} set={set_text} />}
              {wants_why && <Field label="Why" value={text} set={set_text} required help="It goes into the audit log with your name." />}
            </ModalBody>
            <ModalFooter>
              <Button appearance="subtle" onClick={close}>
                Not now
              </Button>
              <Button appearance={danger ? 'danger' : 'primary'} isDisabled={!ready} isLoading={busy} onClick={go_on}>
                {done}
              </Button>
            </ModalFooter>
          </Modal>
        )}
      </ModalTransition>
    </>
  );
}
