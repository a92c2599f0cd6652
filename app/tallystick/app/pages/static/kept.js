// What a browser keeps for a page: one way of opening it, with a bound.
"use strict";
const Kept = (() => {
  // A browser's storage may stay silent for ever when it is just starting, and asked again it answers; on a busy disk
  // it is only late. So it is asked again while the earlier question stands, and the first answer is taken.
  const asks_again_ms = 2000;
  const asks_max = 5;
  const opened = (name, make) => new Promise((resolve, reject) => {
    let asked = 0, over = false, timer;
    const end = (settle, found) => {
      clearTimeout(timer);
      over = true;
      settle(found);
    };
    const ask = () => {
      if (asked === asks_max) {
        end(reject, { code: "storage-silent" });
        return;
      }
      asked += 1;
      timer = setTimeout(ask, asks_again_ms);
      const opening = indexedDB.open(name, 1);
      opening.onupgradeneeded = () => make(opening.result);
      opening.onerror = () => { if (!over) end(reject, opening.error); };
      opening.onsuccess = () => {
        if (over) opening.result.close();
        else end(resolve, opening.result);
      };
    };
    ask();
  });

  // `name`: of a store that `make` lays out where there is none. What comes back does one act on one of its tables.
  const store = (name, make) => async (table, mode, act) => {
    const found = await opened(name, make);
    return new Promise((resolve, reject) => {
      const transaction = found.transaction(table, mode);
      const asked = act(transaction.objectStore(table));
      transaction.oncomplete = () => { found.close(); resolve(asked.result); };
      // A full disk ends a transaction that no request of it failed in.
      transaction.onabort = () => { found.close(); reject(transaction.error ?? asked.error); };
    });
  };
  return { store };
})();
