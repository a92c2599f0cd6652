// What a browser keeps for a page: one way of opening it, with a bound.
"use strict";
const Kept = (() => {
  // A browser's storage may stay silent for ever, when it is just starting or its disk is busy; asked again, it answers.
  const opens_within_ms = 3000;
  const opens_tries = 2;
  const open = (name, make) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    let late = false;
    const silent = setTimeout(() => { late = true; reject({ code: "storage-silent" }); }, opens_within_ms);
    opening.onupgradeneeded = () => make(opening.result);
    opening.onerror = () => { clearTimeout(silent); reject(opening.error); };
    opening.onsuccess = () => {
      clearTimeout(silent);
      if (late) opening.result.close();
      else resolve(opening.result);
    };
  });
  const opened = async (name, make) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await open(name, make);
      } catch (error) {
        if (error?.code !== "storage-silent" || attempt === opens_tries) throw error;
      }
    }
  };

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
