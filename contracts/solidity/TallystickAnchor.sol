// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The newest anchored checkpoint of each log of one publisher
/// @notice Holds, for each log, the size and root of the newest checkpoint that its publisher wrote here.
/// Sizes only grow, and no size ever gets a second root: an operator that shows two histories cannot
/// anchor both here. Whether the tree of a larger size extends the one before is not checked here; anybody
/// who holds both checkpoints can, with a consistency proof (RFC 6962 section 2.1.2).
/// @dev No upgrade, no owner's way out, no funds: nothing is payable, nothing calls another contract.
contract TallystickAnchor {
    /// @dev `number` is the block of the transaction that wrote it, where its event is found.
    struct Newest {
        bytes32 root;
        uint64 size;
        uint64 number;
    }

    /// @notice The only address that may anchor.
    address public publisher;

    /// @notice The address that may take over as publisher; zero if none was offered.
    address public offered;

    /// @notice The newest anchored checkpoint of a log, by the SHA-256 of its origin; zeros if there is none.
    mapping(bytes32 origin => Newest) public newest;

    /// @notice A checkpoint was anchored.
    /// @param origin SHA-256 of the log's origin.
    /// @param size How many entries the checkpoint covers.
    /// @param root Root of its tree.
    /// @param note SHA-256 of the checkpoint's note as the log's key alone signed it.
    /// @param quorum SHA-256 of the line of its quorum certificate; zeros if it had none.
    /// @param previous Block in which the checkpoint before it was anchored; 0 for the first.
    event Anchored(
        bytes32 indexed origin,
        uint64 indexed size,
        bytes32 root,
        bytes32 note,
        bytes32 quorum,
        uint64 previous
    );

    /// @notice Somebody may take over as publisher; zero takes an offer back.
    event PublisherOffered(address indexed from, address indexed to);

    /// @notice Another address publishes from now on.
    event PublisherChanged(address indexed from, address indexed to);

    /// @notice The sender is not the publisher.
    error NotPublisher(address sender);

    /// @notice The sender was not offered to take over.
    error NotOffered(address sender);

    /// @notice A checkpoint covers at least one entry and has a root.
    error EmptyCheckpoint();

    /// @notice A larger checkpoint is anchored already.
    error SmallerSize(uint64 anchored, uint64 given);

    /// @notice This very checkpoint is anchored already.
    error AlreadyAnchored(uint64 size);

    /// @notice This size is anchored with another root: the log has two histories.
    error DifferentRoot(uint64 size, bytes32 anchored, bytes32 given);

    modifier onlyPublisher() {
        if (msg.sender != publisher) revert NotPublisher(msg.sender);
        _;
    }

    constructor() {
        publisher = msg.sender;
        emit PublisherChanged(address(0), msg.sender);
    }

    /// @notice Anchor a checkpoint that is larger than the newest one of its log.
    /// @param origin SHA-256 of the log's origin.
    /// @param size How many entries the checkpoint covers.
    /// @param root Root of its tree.
    /// @param note SHA-256 of the checkpoint's note as the log's key alone signed it.
    /// @param quorum SHA-256 of the line of its quorum certificate; zeros if it has none.
    function anchor(bytes32 origin, uint64 size, bytes32 root, bytes32 note, bytes32 quorum)
        external
        onlyPublisher
    {
        if (size == 0 || root == bytes32(0)) revert EmptyCheckpoint();
        Newest storage held = newest[origin];
        uint64 anchored = held.size;
        if (size < anchored) revert SmallerSize(anchored, size);
        if (size == anchored) {
            if (root == held.root) revert AlreadyAnchored(size);
            revert DifferentRoot(size, held.root, root);
        }
        uint64 previous = held.number;
        held.root = root;
        held.size = size;
        held.number = uint64(block.number);
        emit Anchored(origin, size, root, note, quorum, previous);
    }

    /// @notice Offer another address to become the publisher; zero takes the offer back.
    function offerPublisher(address to) external onlyPublisher {
        offered = to;
        emit PublisherOffered(publisher, to);
    }

    /// @notice Become the publisher, by the address that was offered it: so a mistyped one loses nothing.
    function acceptPublisher() external {
        if (offered == address(0) || msg.sender != offered) revert NotOffered(msg.sender);
        emit PublisherChanged(publisher, msg.sender);
        publisher = msg.sender;
        offered = address(0);
    }
}
